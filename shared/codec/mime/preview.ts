/** PREVIEW (RFC 8970): the first words of a message, for a list of messages. */
import { PartText } from './part-text.ts'
import type { MimePart } from './structure-types.ts'
import { firstTextPart } from './text-parts.ts'

/** "Servers SHOULD limit the length of the preview text to 200 preview characters" (RFC 8970 §3.1). */
export const PREVIEW_CHARACTERS = 200

/** Enough for most previews at once: what is read beyond is decoded for nothing. */
const STEP_OCTETS = 768

/** Characters that are not seen: senders of bulk mail fill the preview with them (soft hyphens, joiners, marks of direction). */
const INVISIBLE =
  /\u034f|[\p{Cc}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufffc]/gu

/** One line of at most `limit` characters (code points), without white space around it. */
export function previewText(text: string, limit = PREVIEW_CHARACTERS): string {
  const spaced = text.replace(/\s+/g, ' ')
  // Most mail begins in ASCII, which has nothing invisible that is not white space or a control character.
  const line = (/[^ -~]/.test(spaced) ? spaced.replace(INVISIBLE, '').replace(/ +/g, ' ') : spaced).trim()
  if (line.length <= limit) return line
  return [...line.slice(0, limit * 2)].slice(0, limit).join('').trim()
}

/**
 * The preview of a message of which `head` holds the first octets; '' where no text is found in them. Read in small steps
 * and no further than it takes, as an HTML part may begin with 60 KiB of style.
 */
export function previewOf(root: MimePart, head: Uint8Array): string {
  const part = firstTextPart(root)
  if (part === undefined) return ''
  const decoder = new PartText(part)
  const { offset, length } = part.body
  const end = Math.min(head.length, offset + length)
  let text = ''
  for (let at = offset; at < end; at += STEP_OCTETS) {
    text = previewText(text + decoder.write(head.subarray(at, Math.min(end, at + STEP_OCTETS))), Infinity)
    if (text.length > PREVIEW_CHARACTERS * 2) return previewText(text)
  }
  // Cut short, the decoders may hold half a character; whole, what they hold is the end of the text.
  return previewText(end === offset + length ? text + decoder.end() : text)
}
