/** ENVELOPE (RFC 9051 §7.5.2). */
import type { ImapAddress, ImapEnvelope } from '../mime/structure-types.ts'
import { formatNstring } from './format.ts'

/** With `utf8` (UTF8=ACCEPT or IMAP4rev2) UTF-8 is sent in quotes, else what is not US-ASCII goes in literals. */
export function formatEnvelope(envelope: ImapEnvelope, utf8: boolean): string {
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope
  const fromText = formatAddresses(from, utf8)
  let text = `(${formatNstring(date, utf8)} ${formatNstring(subject, utf8)} ${fromText} `
  // Most messages have neither sender nor reply-to, and then both may be the very list `from`: format it once.
  text += `${sender === from ? fromText : formatAddresses(sender, utf8)} `
  text += `${replyTo === from ? fromText : formatAddresses(replyTo, utf8)} `
  text += `${formatAddresses(to, utf8)} ${formatAddresses(cc, utf8)} ${formatAddresses(bcc, utf8)} `
  text += `${formatNstring(inReplyTo, utf8)} ${formatNstring(messageId, utf8)})`
  return text
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
