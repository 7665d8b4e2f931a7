/**
 * FETCH responses (RFC 9051 §7.5.2): each function formats one item, and `formatFetch` the response around them. Large
 * contents are not joined into text: write `* 1 FETCH (`, items, `formatSectionLiteral(…)`, the octets, and `)`.
 */
import type { ImapEnvelope, MimePart } from '../mime/structure-types.ts'
import { formatBodyStructure } from './body-structure.ts'
import { formatEnvelope } from './envelope.ts'
import type { BinaryItem, SectionItem } from './fetch.ts'
import { formatFlags, formatNstring, formatQuotedDateTime } from './format.ts'
import { formatSection } from './section.ts'

/** `* 3 FETCH (UID 7 FLAGS (\Seen))`. */
export function formatFetch(messageNumber: number, items: readonly string[]): string {
  return `* ${messageNumber} FETCH (${items.join(' ')})\r\n`
}

/** One item's text for each value; the object's names are those of the request. */
export const FETCH_ITEMS = {
  UID: (uid: number) => `UID ${uid}`,
  FLAGS: (flags: readonly string[]) => `FLAGS ${formatFlags(flags)}`,
  INTERNALDATE: (epochMs: number) => `INTERNALDATE ${formatQuotedDateTime(epochMs)}`,
  'RFC822.SIZE': (sizeOctets: number) => `RFC822.SIZE ${sizeOctets}`,
  ENVELOPE: (envelope: ImapEnvelope, utf8: boolean) => `ENVELOPE ${formatEnvelope(envelope, utf8)}`,
  BODY: (root: MimePart, rev2: boolean) => `BODY ${formatBodyStructure(root, { extended: false, rev2 })}`,
  BODYSTRUCTURE: (root: MimePart, rev2: boolean) =>
    `BODYSTRUCTURE ${formatBodyStructure(root, { extended: true, rev2 })}`,
  MODSEQ: (modseq: number) => `MODSEQ (${modseq})`,
  EMAILID: (id: string) => `EMAILID (${id})`,
  /** null: the message is in no thread that is known (RFC 8474 §5.2). */
  THREADID: (id: string | null) => `THREADID ${id === null ? 'NIL' : `(${id})`}`,
  /** null: not known (RFC 8514 §4.2). */
  SAVEDATE: (epochMs: number | null) => `SAVEDATE ${epochMs === null ? 'NIL' : formatQuotedDateTime(epochMs)}`,
  /**
   * UTF-8 as a binary string; null: LAZY asked and none is ready (RFC 8970 §3.2). It is an nstring like any other (§5): who has not enabled
   * UTF-8 has no quoted strings with it (RFC 3501 §9, QUOTED-CHAR), and reads a literal.
   */
  PREVIEW: (preview: string | null, utf8: boolean) => `PREVIEW ${formatNstring(preview, utf8)}`,
  'BINARY.SIZE': (part: readonly number[], sizeOctets: number) => `BINARY.SIZE[${part.join('.')}] ${sizeOctets}`,
} as const

/**
 * How the response names a section or binary: `BODY[1]<0>`, `RFC822.HEADER`. Of a partial the origin is always repeated,
 * also when less came than was asked for: without it some clients ask for ever.
 */
export function formatItemName(item: SectionItem | BinaryItem): string {
  if (item.item === 'SECTION' && item.name !== undefined) return item.name
  const name = item.item === 'BINARY' ? `BINARY[${item.part.join('.')}]` : `BODY${formatSection(item.section)}`
  return item.partial ? `${name}<${item.partial.offset}>` : name
}

/**
 * `BODY[1] {342}` and CRLF, for what `formatItemName` has named: exactly so many octets must follow. With `literal8` `~{342}`, for BINARY
 * content with NUL (RFC 3516 §4.3).
 */
export function formatSectionLiteral(name: string, sizeOctets: number, literal8 = false): string {
  return `${name} ${literal8 ? '~' : ''}{${sizeOctets}}\r\n`
}

/** `BODY[9] NIL`: the message has no such part. */
export function formatSectionNil(name: string): string {
  return `${name} NIL`
}

/** `* VANISHED (EARLIER) 300:310` (RFC 7162 §3.2.10); `uids` as text of formatRanges, not empty. */
export function formatVanished(uids: string, earlier: boolean): string {
  return `* VANISHED ${earlier ? '(EARLIER) ' : ''}${uids}\r\n`
}
