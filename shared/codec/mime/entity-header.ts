/** What an entity's header says about its body (RFC 2045, 2183, 3282, 1864, 2557), for BODYSTRUCTURE. */
import { type HeaderField, unfoldedValue } from './header.ts'
import { type ContentType, parseContentType, parseDisposition, parseEncoding, parseLanguages } from './parameters.ts'
import type { MimePart } from './structure-types.ts'

export type EntityHeader = Omit<MimePart, 'header' | 'body' | 'lines' | 'children' | 'message'>

/** RFC 2045 §5.2, and RFC 2046 §5.1.5 inside a multipart/digest. */
function defaultType(inDigest: boolean): ContentType {
  return inDigest
    ? { type: 'message', subtype: 'rfc822', parameters: [] }
    : { type: 'text', subtype: 'plain', parameters: [['charset', 'us-ascii']] }
}

export function entityHeader(
  block: Uint8Array,
  fields: ReadonlyMap<string, readonly HeaderField[]>,
  inDigest: boolean,
): EntityHeader {
  const value = (name: string) => {
    const field = fields.get(name)?.[0]
    return field && unfoldedValue(block, field)
  }
  const contentType = parseContentType(value('content-type') ?? '') ?? defaultType(inDigest)
  const disposition = parseDisposition(value('content-disposition') ?? '')
  const language = parseLanguages(value('content-language') ?? '')
  const id = value('content-id')
  const description = value('content-description')
  const md5 = value('content-md5')
  const location = value('content-location')
  return {
    ...contentType,
    encoding: parseEncoding(value('content-transfer-encoding') ?? ''),
    ...(id && { id }),
    ...(description && { description }),
    ...(md5 && { md5 }),
    ...(disposition && { disposition }),
    ...(language && { language }),
    ...(location && { location }),
  }
}
