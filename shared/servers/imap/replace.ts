import type { ReplaceArgs } from '../../codec/imap/append.ts'
import { ParseError } from '../../codec/parse-error.ts'
import { replaceMessage } from '../../flows/mailboxes/replace-message.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { Arrival } from './arrival.ts'
import type { ByUid, MessageEvent } from './command-table.ts'
import { type Done, no, okExpunged } from './done.ts'
import type { Selected } from './session.ts'

/** REPLACE and UID REPLACE (RFC 8508): the new message comes and the old one goes in one commit, or nothing is done. */
export async function replace(session: Selected, args: ReplaceArgs & ByUid, event: MessageEvent): Promise<Done> {
  const { store, view } = session
  let mailbox: MailboxId
  let replaced: number
  try {
    // As with APPEND: a refusal must not cost the transfer.
    replaced = replacedUid(session, args)
    mailbox = await store.mailboxes.mailbox(session.account.id, parseMailboxPath(args.mailbox))
  } catch (error) {
    session.reader.refuse()
    throw error
  }
  const arrival = new Arrival(session)
  try {
    const received = await arrival.receive(args.message, event)
    if (received === 'refused') return no('The message is too big', ['TOOBIG'])
    const [message, ...others] = received
    if (message === undefined || others.length > 0) throw new ParseError('One message replaces one')
    const { limits } = session.services
    const { uidvalidity, uid } = await replaceMessage(store, view.replica, replaced, mailbox, message, limits)
    // Before the EXPUNGE of the old one, so that the client knows which message to show instead (§3.3).
    session.respond('OK', 'The new message is there', ['APPENDUID', uidvalidity, [uid]])
    return okExpunged('REPLACE completed', true)
  } finally {
    await arrival.discard()
  }
}

function replacedUid({ view }: Selected, { replaces, uid }: ReplaceArgs & ByUid): number {
  if (uid !== true) {
    if (replaces > view.count) throw new ParseError('There are not so many messages')
    return view.uidOf(replaces)
  }
  if (view.numberOf(replaces) === undefined) throw new MailError('no-such-message', `no UID ${replaces}`)
  return replaces
}
