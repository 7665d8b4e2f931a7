/**
 * APPEND (RFC 9051 §6.3.12) with MULTIAPPEND (RFC 3502), BINARY's literal8 (RFC 3516) and UTF8 (RFC 6855 §4).
 * The reader announces each message with the text since the one before; each piece has its parser here.
 */
import { ParseError } from '../parse-error.ts'
import type { Cursor } from './tokens.ts'

/** What stands before a message. */
export interface AppendMessage {
  flags: string[]
  /** Milliseconds since 1970; absent: now. */
  internalDateMs?: number
  /** It is inside `UTF8 (…)`: its headers may be UTF-8, and `)` comes after it. */
  utf8: boolean
}

export interface AppendArgs {
  mailbox: string
  message: AppendMessage
}

/** The text before the first message, from behind the name. */
export function parseAppend(args: Cursor): AppendArgs {
  args.space()
  const mailbox = args.mailbox()
  return { mailbox, message: parseAppendMessage(args) }
}

/** The text before a further message, `before` being what was parsed for the one ahead of it. */
export function parseNextAppend(args: Cursor, before: AppendMessage): AppendMessage {
  if (before.utf8) args.expect(')')
  return parseAppendMessage(args)
}

/** The text after the last message. */
export function parseAppendEnd(args: Cursor, last: AppendMessage): void {
  if (last.utf8) args.expect(')')
  args.end()
}

/** Of APPEND and REPLACE: ` (flags) "date" UTF8 (`, up to where the literal is. */
export function parseAppendMessage(args: Cursor): AppendMessage {
  const message: AppendMessage = { flags: [], utf8: false }
  args.space()
  if (args.peek() === '(') {
    message.flags = args.flagList()
    args.space()
  }
  if (args.peek() === '"') {
    message.internalDateMs = args.dateTime()
    args.space()
  }
  if (args.skipWord('UTF8')) {
    args.space()
    args.expect('(')
    message.utf8 = true
  }
  if (!args.atEnd()) throw new ParseError('A message is a literal')
  return message
}

/** REPLACE (RFC 8508 §3): as APPEND, and the message that goes. */
export interface ReplaceArgs extends AppendArgs {
  /** A message number, or after UID REPLACE a UID. */
  replaces: number
}

export function parseReplace(args: Cursor): ReplaceArgs {
  args.space()
  const replaces = args.nzNumber()
  return { replaces, ...parseAppend(args) }
}
