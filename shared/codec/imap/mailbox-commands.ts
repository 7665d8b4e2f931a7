/** Commands about one mailbox or two by name (RFC 9051 §6.3): CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE, GETQUOTAROOT. */
import { ParseError } from '../parse-error.ts'
import type { Cursor } from './tokens.ts'

export interface MailboxArgs {
  mailbox: string
}

/** DELETE, SUBSCRIBE, UNSUBSCRIBE, GETQUOTAROOT. */
export function parseMailbox(args: Cursor): MailboxArgs {
  args.space()
  const mailbox = args.mailbox()
  args.end()
  return { mailbox }
}

export interface CreateArgs {
  /** May end with the separator: the client will make mailboxes below it (RFC 9051 §6.3.4). */
  mailbox: string
  /** Special-use attributes asked for, in lower case: '\\drafts' (RFC 6154 §3). */
  use: string[]
}

export function parseCreate(args: Cursor): CreateArgs {
  args.space()
  const parsed: CreateArgs = { mailbox: args.mailbox(), use: [] }
  if (args.skip(' ')) {
    args.list(() => {
      if (args.keyword() !== 'USE') throw new ParseError('No such CREATE parameter')
      args.space()
      parsed.use = args.list(() => {
        args.expect('\\')
        return `\\${args.atom().toLowerCase()}`
      }, true)
    })
  }
  args.end()
  return parsed
}

export interface RenameArgs {
  from: string
  to: string
}

export function parseRename(args: Cursor): RenameArgs {
  args.space()
  const from = args.mailbox()
  args.space()
  const to = args.mailbox()
  args.end()
  return { from, to }
}
