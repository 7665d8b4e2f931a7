/** STATUS (RFC 9051 §6.3.11, §7.3.4), with HIGHESTMODSEQ (RFC 7162), SIZE (RFC 8438), APPENDLIMIT (RFC 7889), MAILBOXID (RFC 8474). */
import { ParseError } from '../parse-error.ts'
import { formatMailbox } from './format.ts'
import type { Cursor } from './tokens.ts'

export const STATUS_ITEMS = [
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'DELETED',
  'SIZE',
  'HIGHESTMODSEQ',
  'APPENDLIMIT',
  'MAILBOXID',
  'DELETED-STORAGE',
] as const
export type StatusItem = (typeof STATUS_ITEMS)[number]

export interface StatusArgs {
  mailbox: string
  items: StatusItem[]
}

export function parseStatus(args: Cursor): StatusArgs {
  args.space()
  const mailbox = args.mailbox()
  args.space()
  const items = parseStatusItems(args)
  args.end()
  return { mailbox, items }
}

/** The list in parentheses, each item once, also of LIST's RETURN (STATUS (…)) (RFC 5819). */
export function parseStatusItems(args: Cursor): StatusItem[] {
  const items = args.list(() => {
    const name = args.keyword()
    const item = STATUS_ITEMS.find((known) => known === name)
    if (item === undefined) throw new ParseError('No such STATUS item')
    return item
  })
  return [...new Set(items)]
}

/** Numbers, and MAILBOXID's id; APPENDLIMIT's null is NIL, no limit. */
export type StatusValues = { [item in Exclude<StatusItem, 'MAILBOXID' | 'APPENDLIMIT'>]?: number } & {
  APPENDLIMIT?: number | null
  MAILBOXID?: string
}

/** `* STATUS INBOX (MESSAGES 3 …)`, in the order asked for; items without a value are left out. */
export function formatStatus(
  mailbox: string,
  items: readonly StatusItem[],
  values: StatusValues,
  utf8: boolean,
): string {
  const pairs = items.flatMap((item) => {
    const value = values[item]
    if (value === undefined) return []
    return [item === 'MAILBOXID' ? `MAILBOXID (${value})` : `${item} ${value ?? 'NIL'}`]
  })
  return `* STATUS ${formatMailbox(mailbox, utf8)} (${pairs.join(' ')})\r\n`
}
