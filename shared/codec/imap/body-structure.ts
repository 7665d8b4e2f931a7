/** BODY and BODYSTRUCTURE (RFC 9051 §7.5.2, §9: body). */
import type { MimeDisposition, MimeParameter, MimePart } from '../mime/structure-types.ts'
import { formatEnvelope } from './envelope.ts'
import { formatNstring, formatString } from './format.ts'

export interface BodyStructureOptions {
  /** With extension data: BODYSTRUCTURE; without: BODY. */
  extended: boolean
  /** The client has enabled UTF8=ACCEPT or IMAP4rev2. */
  utf8: boolean
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
  text += ` ${formatString(part.subtype, options.utf8)}`
  if (options.extended)
    text += ` ${formatParameters(part.parameters, options.utf8)}${formatExtension(part, options.utf8)}`
  return `${text})`
}

function formatSinglePart(part: MimePart, options: BodyStructureOptions): string {
  const { utf8 } = options
  // To a rev1 client only message/rfc822 has an envelope here: message/global is any other type to it (RFC 3501 §9, body-type-msg).
  const message = part.subtype === 'rfc822' || utf8 ? part.message : undefined
  const hidden = (part.type === 'message' && part.subtype === 'rfc822' && !message) || part.type === 'multipart'
  const unopened = hidden || (part.type === 'message' && part.subtype === 'global' && utf8 && !message)
  const type = unopened
    ? '"application" "octet-stream"'
    : `${formatString(part.type, utf8)} ${formatString(part.subtype, utf8)}`
  let text = `(${type} ${formatParameters(part.parameters, utf8)} ${nstring(part.id, utf8)} ${nstring(part.description, utf8)}`
  text += ` ${formatString(part.encoding, utf8)} ${part.body.length}`
  if (message) {
    text += ` ${formatEnvelope(message.envelope, utf8)} ${formatBodyStructure(message.part, options)} ${part.lines ?? 0}`
  } else if (part.type === 'text') {
    text += ` ${part.lines ?? 0}`
  }
  if (options.extended) text += ` ${nstring(part.md5, utf8)}${formatExtension(part, utf8)}`
  return `${text})`
}

/** Disposition, language and location: what single parts and multiparts end with alike. */
function formatExtension(part: MimePart, utf8: boolean): string {
  return ` ${formatDisposition(part.disposition, utf8)} ${formatLanguage(part.language, utf8)} ${nstring(part.location, utf8)}`
}

function formatParameters(parameters: readonly MimeParameter[], utf8: boolean): string {
  if (parameters.length === 0) return 'NIL'
  let text = ''
  for (const [name, value] of parameters) text += ` ${formatString(name, utf8)} ${formatString(value, utf8)}`
  return `(${text.slice(1)})`
}

function formatDisposition(disposition: MimeDisposition | undefined, utf8: boolean): string {
  if (!disposition) return 'NIL'
  return `(${formatString(disposition.type, utf8)} ${formatParameters(disposition.parameters, utf8)})`
}

function formatLanguage(language: readonly string[] | undefined, utf8: boolean): string {
  if (!language || language.length === 0) return 'NIL'
  return `(${language.map((tag) => formatString(tag, utf8)).join(' ')})`
}

function nstring(value: string | undefined, utf8: boolean): string {
  return formatNstring(value ?? null, utf8)
}
