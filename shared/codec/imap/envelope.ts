/** ENVELOPE (RFC 9051 §7.5.2). */
import type { ImapAddress, ImapEnvelope } from '../mime/structure-types.ts'
import { formatNstring } from './format.ts'

/** With `utf8` (UTF8=ACCEPT or IMAP4rev2) UTF-8 is sent in quotes, else what is not US-ASCII goes in literals. */
export function formatEnvelope(envelope: ImapEnvelope, utf8: boolean): string {
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope
  const lists = [from, sender, replyTo, to, cc, bcc].map((list) => formatAddresses(list, utf8)).join(' ')
  const ids = `${formatNstring(inReplyTo, utf8)} ${formatNstring(messageId, utf8)}`
  return `(${formatNstring(date, utf8)} ${formatNstring(subject, utf8)} ${lists} ${ids})`
}

function formatAddresses(addresses: readonly ImapAddress[], utf8: boolean): string {
  if (addresses.length === 0) return 'NIL'
  let text = '('
  for (const { name, adl, mailbox, host } of addresses) {
    text += `(${formatNstring(name, utf8)} ${formatNstring(adl, utf8)} `
    text += `${formatNstring(mailbox, utf8)} ${formatNstring(host, utf8)})`
  }
  return `${text})`
}
