/** What a reply and a forward begin with. */
import type { Email, EmailAddress } from '../jmap/types.ts'
import { formatAddress, formatAddresses } from './addresses.ts'
import { mediumDate } from './dates.ts'

const REPLY_MARKS = ['re', 'aw', 'antw', 'sv', 'vs', 'ref', 'rif', 'odp', 'ynt', '回复', '答复', '回覆', 'رد']
const FORWARD_MARKS = ['fwd', 'fw', 'wg', 'tr', 'rv', 'enc', 'doorst', 'vb', '转发', '轉寄', 'إعادة توجيه']

/** One mark is enough, in whatever language the last one wrote it. */
export function replySubject(subject: string | null): string {
  const text = (subject ?? '').trim()
  return startsWithMark(text, REPLY_MARKS) ? text : `Re: ${text}`
}

export function forwardSubject(subject: string | null): string {
  const text = (subject ?? '').trim()
  return startsWithMark(text, FORWARD_MARKS) ? text : `Fwd: ${text}`
}

function startsWithMark(subject: string, marks: readonly string[]): boolean {
  const colon = [...subject].findIndex((character) => character === ':' || character === '：')
  if (colon < 0) return false
  return marks.includes([...subject].slice(0, colon).join('').trim().toLowerCase())
}

/** The text with `>` before each line, as RFC 3676 §4.5 counts quotes. */
export function quoted(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()))
    .join('\n')
}

export function replyText(email: Email, text: string): string {
  return `\n\n${attribution(email)}\n${quoted(text)}\n`
}

export function attribution({ from, sentAt, receivedAt }: Email): string {
  const who = from?.[0] ? formatAddress(from[0]) : 'Somebody'
  return `On ${mediumDate(sentAt ?? receivedAt)}, ${who} wrote:`
}

/** Name and value of each line above a forwarded message. */
export function forwardFields(email: Email): [string, string][] {
  const lists: [string, readonly EmailAddress[] | null][] = [
    ['From', email.from],
    ['To', email.to],
    ['Cc', email.cc],
  ]
  return [
    ...lists
      .filter(([, list]) => list && list.length > 0)
      .map(([name, list]): [string, string] => [name, formatAddresses(list)]),
    ['Date', mediumDate(email.sentAt ?? email.receivedAt)],
    ['Subject', email.subject ?? ''],
  ]
}

export const FORWARDED = '---------- Forwarded message ----------'

export function forwardText(email: Email, text: string): string {
  const lines = forwardFields(email).map(([name, value]) => `${name}: ${value}`)
  return `\n\n${FORWARDED}\n${lines.join('\n')}\n\n${text.trimEnd()}\n`
}
