/** ENVELOPE (RFC 9051 §7.5.2) out of a header block. */
import { parseAddressList } from './address-list.ts'
import { type HeaderField, unfoldedValue } from './header.ts'
import type { ImapAddress, ImapEnvelope } from './structure-types.ts'

/** `fields` of `block`, as `fieldsByName` gives them. Of a field that occurs twice the first counts. */
export function envelopeOf(block: Uint8Array, fields: ReadonlyMap<string, readonly HeaderField[]>): ImapEnvelope {
  const all = (name: string) => (fields.get(name) ?? []).map((field) => unfoldedValue(block, field))
  const first = (name: string) => all(name)[0] ?? null
  const firstList = (name: string) => parseAddressList(first(name) ?? '')
  // Destination fields may repeat in the obsolete syntax (RFC 5322 §4.5.3); of authors there is one field.
  const everyList = (name: string) => all(name).flatMap(parseAddressList)
  const from = firstList('from')
  // "If the Sender or Reply-To header lines are absent, or are present but empty, the server sets them to From" (§7.5.2).
  const orFrom = (list: ImapAddress[]) => (list.length > 0 ? list : from.map((address) => ({ ...address })))
  return {
    date: first('date'),
    subject: first('subject'),
    from,
    sender: orFrom(firstList('sender')),
    replyTo: orFrom(firstList('reply-to')),
    to: everyList('to'),
    cc: everyList('cc'),
    bcc: everyList('bcc'),
    inReplyTo: first('in-reply-to'),
    messageId: first('message-id'),
  }
}
