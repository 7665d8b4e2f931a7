/** The parts of a message's body (RFC 8621 §4.1.4). */
import { partFilename } from '../../../codec/mime/encoded-word.ts'
import { parameterValue } from '../../../codec/mime/parameters.ts'
import type { MimePart } from '../../../codec/mime/structure-types.ts'
import { decodedSizeOctets } from '../../../codec/mime/transfer-decoder.ts'

/** A MIME entity with its place; a message that is attached is a leaf. */
export interface BodyPart {
  part: MimePart
  /** IMAP's part number; '' is the whole message where it is a multipart. */
  section: string
  /** Lower case, without parameters. */
  type: string
  name: string | null
  disposition: string | null
  cid: string | null
  /** Of a multipart. */
  children?: BodyPart[]
}

export interface Bodies {
  textBody: BodyPart[]
  htmlBody: BodyPart[]
  attachments: BodyPart[]
}

/** A message without a multipart has one part, numbered 1 (RFC 9051 §6.4.5.1). */
export function bodyStructure(root: MimePart): BodyPart {
  return bodyPart(root, root.children === undefined ? '1' : '')
}

function bodyPart(part: MimePart, section: string): BodyPart {
  const { children } = part
  const cut = part.type === 'multipart' && children === undefined // by a limit: what is left is octets
  const below = (index: number) => (section === '' ? String(index + 1) : `${section}.${index + 1}`)
  return {
    part,
    section,
    type: cut ? 'application/octet-stream' : `${part.type}/${part.subtype}`,
    name: partFilename(part) ?? null,
    disposition: part.disposition?.type ?? null,
    cid: part.id?.replace(/^\s*<|>\s*$/g, '') ?? null,
    ...(children !== undefined && { children: children.map((child, index) => bodyPart(child, below(index))) }),
  }
}

/** All that are no multipart, in the order of the message. */
export function leafParts(part: BodyPart): BodyPart[] {
  return part.children === undefined ? [part] : part.children.flatMap(leafParts)
}

/** The charset of a part: null where it has none, because it is no text. */
export function charsetOf({ part }: BodyPart): string | null {
  return parameterValue(part.parameters, 'charset') ?? (part.type === 'text' ? 'us-ascii' : null)
}

/**
 * Octets once the transfer encoding is undone; undefined where only decoding tells. base64 in lines of 76 gives it to within the padding at
 * its end.
 */
export function partSize({ part }: BodyPart): { octets: number; exact: boolean } {
  const known = decodedSizeOctets(part.encoding, part.body.length)
  if (known !== undefined) return { octets: known, exact: true }
  if (part.encoding !== 'base64') return { octets: part.body.length, exact: false }
  const characters = part.body.length - 2 * Math.floor(part.body.length / 78)
  return { octets: Math.floor((characters * 3) / 4), exact: false }
}

/** Which parts are the text, and which are attached: the algorithm of RFC 8621 §4.1.4. */
export function decompose(root: BodyPart): Bodies {
  const bodies: Bodies = { textBody: [], htmlBody: [], attachments: [] }
  place([root], 'mixed', false, bodies, { text: true, html: true })
  return bodies
}

/** Whether there is something to offer for download: not what an HTML text shows in itself. */
export function hasAttachment(root: BodyPart): boolean {
  return decompose(root).attachments.some(({ disposition, cid, type }) => {
    if (disposition === 'inline') return false
    return disposition === 'attachment' || cid === null || !isMedia(type)
  })
}

/** Whether the parts that follow are still texts of the one kind and of the other: RFC 8621's nulled lists. */
interface Taking {
  text: boolean
  html: boolean
}

function place(
  parts: readonly BodyPart[],
  multipart: string,
  inAlternative: boolean,
  { textBody, htmlBody, attachments }: Bodies,
  taken: Taking,
): void {
  const taking = { ...taken }
  const [texts, htmls] = [textBody.length, htmlBody.length]
  for (const [index, part] of parts.entries()) {
    if (part.children !== undefined) {
      const { subtype } = part.part
      place(
        part.children,
        subtype,
        inAlternative || subtype === 'alternative',
        { textBody, htmlBody, attachments },
        taking,
      )
    } else if (!isInline(part, index, multipart)) attachments.push(part)
    else if (multipart === 'alternative') {
      if (part.type === 'text/plain' && taking.text) textBody.push(part)
      else if (part.type === 'text/html' && taking.html) htmlBody.push(part)
      else attachments.push(part)
    } else {
      if (inAlternative && part.type === 'text/plain') taking.html = false
      if (inAlternative && part.type === 'text/html') taking.text = false
      if (taking.text) textBody.push(part)
      if (taking.html) htmlBody.push(part)
      if ((!taking.text || !taking.html) && isMedia(part.type)) attachments.push(part)
    }
  }
  if (multipart !== 'alternative' || !taking.text || !taking.html) return
  // Only one kind was there: it stands for the other too.
  if (textBody.length === texts) textBody.push(...htmlBody.slice(htmls))
  else if (htmlBody.length === htmls) htmlBody.push(...textBody.slice(texts))
}

function isInline({ type, disposition, name }: BodyPart, index: number, multipart: string): boolean {
  if (disposition === 'attachment') return false
  if (type !== 'text/plain' && type !== 'text/html' && !isMedia(type)) return false
  // Of related parts only the first is shown by itself; a text with a file name that others precede is attached.
  return index === 0 || (multipart !== 'related' && (isMedia(type) || name === null))
}

function isMedia(type: string): boolean {
  return /^(image|audio|video)\//.test(type)
}
