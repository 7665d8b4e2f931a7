/** BODY and BODYSTRUCTURE (RFC 9051 §7.5.2, §9: body). */

import { joinContinuations } from '../mime/parameter-continuations.ts'
import type { MimeDisposition, MimeParameter, MimePart } from '../mime/structure-types.ts'
import { formatEnvelope } from './envelope.ts'
import { formatNstring, formatString } from './format.ts'

export interface BodyStructureOptions {
  /** With extension data: BODYSTRUCTURE; without: BODY. */
  extended: boolean
  /**
   * The client has enabled IMAP4rev2. UTF8=ACCEPT alone is not enough: a server may then show message/global as RFC 9051 or as RFC 3501 does
   * (RFC 9755 §6), and angus-mail, which enables it wherever it is offered, reads only the latter.
   */
  rev2: boolean
}

/** A multipart in which no part was found, as the grammar wants one. */
const EMPTY_PART = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)'

export function formatBodyStructure(part: MimePart, options: BodyStructureOptions): string {
  return part.children ? formatMultipart(part, part.children, options) : formatSinglePart(part, options)
}

function formatMultipart(part: MimePart, children: readonly MimePart[], options: BodyStructureOptions): string {
  let text = '('
  for (const child of children) text += formatBodyStructure(child, options)
  if (children.length === 0) text += EMPTY_PART
  text += ` ${formatString(part.subtype, options.rev2)}`
  if (options.extended)
    text += ` ${formatParameters(part.parameters, options.rev2)}${formatExtension(part, options.rev2)}`
  return `${text})`
}

function formatSinglePart(part: MimePart, options: BodyStructureOptions): string {
  const { rev2 } = options
  // To a rev1 client only message/rfc822 has an envelope here: message/global is any other type to it (RFC 3501 §9, body-type-msg).
  const message = part.subtype === 'rfc822' || rev2 ? part.message : undefined
  const hidden = (part.type === 'message' && part.subtype === 'rfc822' && !message) || part.type === 'multipart'
  const unopened = hidden || (part.type === 'message' && part.subtype === 'global' && rev2 && !message)
  const type = unopened
    ? '"application" "octet-stream"'
    : `${formatString(part.type, rev2)} ${formatString(part.subtype, rev2)}`
  let text = `(${type} ${formatParameters(part.parameters, rev2)} ${nstring(part.id, rev2)} ${nstring(part.description, rev2)}`
  text += ` ${formatString(part.encoding, rev2)} ${part.body.length}`
  if (message) {
    text += ` ${formatEnvelope(message.envelope, rev2)} ${formatBodyStructure(message.part, options)} ${part.lines ?? 0}`
  } else if (part.type === 'text') {
    text += ` ${part.lines ?? 0}`
  }
  if (options.extended) text += ` ${nstring(part.md5, rev2)}${formatExtension(part, rev2)}`
  return `${text})`
}

/** Disposition, language and location: what single parts and multiparts end with alike. */
function formatExtension(part: MimePart, rev2: boolean): string {
  return ` ${formatDisposition(part.disposition, rev2)} ${formatLanguage(part.language, rev2)} ${nstring(part.location, rev2)}`
}

/**
 * In whole, however the header cut them (RFC 9051 §7.5.2). What is charset'language'%… stays that: the conversion to UTF-8 that is advised there
 * would take `filename*` from the clients that undo RFC 2231 themselves, which is all of them.
 */
function formatParameters(parameters: readonly MimeParameter[], rev2: boolean): string {
  if (parameters.length === 0) return 'NIL'
  let text = ''
  for (const [name, value] of joinContinuations(parameters))
    text += ` ${formatString(name, rev2)} ${formatString(value, rev2)}`
  return `(${text.slice(1)})`
}

function formatDisposition(disposition: MimeDisposition | undefined, rev2: boolean): string {
  if (!disposition) return 'NIL'
  return `(${formatString(disposition.type, rev2)} ${formatParameters(disposition.parameters, rev2)})`
}

function formatLanguage(language: readonly string[] | undefined, rev2: boolean): string {
  if (!language || language.length === 0) return 'NIL'
  return `(${language.map((tag) => formatString(tag, rev2)).join(' ')})`
}

function nstring(value: string | undefined, rev2: boolean): string {
  return formatNstring(value ?? null, rev2)
}
