/** Commands that take messages and little else: COPY, MOVE (RFC 9051 §6.4.7, §6.4.8), UID EXPUNGE (§6.4.9). */
import type { SequenceSet } from './sequence-set.ts'
import type { Cursor } from './tokens.ts'

/** Of COPY and MOVE. */
export interface CopyArgs {
  messages: SequenceSet
  mailbox: string
}

export function parseCopy(args: Cursor): CopyArgs {
  args.space()
  const messages = args.sequenceSet()
  args.space()
  const mailbox = args.mailbox()
  args.end()
  return { messages, mailbox }
}

/** Of UID EXPUNGE. */
export interface ExpungeArgs {
  messages: SequenceSet
}

export function parseUidExpunge(args: Cursor): ExpungeArgs {
  args.space()
  const messages = args.sequenceSet()
  args.end()
  return { messages }
}
