import type { AppendArgs } from '../../codec/imap/append.ts'
import { appendMessages } from '../../flows/mailboxes/append-messages.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { Arrival } from './arrival.ts'
import type { MessageEvent } from './command-table.ts'
import { type Done, no, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** APPEND (RFC 9051 §6.3.12) and MULTIAPPEND (RFC 3502): messages come through the spool, and are in the mailbox all or none. */
export async function append(session: Authenticated, args: AppendArgs, event: MessageEvent): Promise<Done> {
  const { store, view } = session
  let mailbox: MailboxId
  try {
    // Looked up before the client sends its message: TRYCREATE must not cost the transfer.
    mailbox = await store.mailboxes.mailbox(session.account.id, parseMailboxPath(args.mailbox))
  } catch (error) {
    session.reader.refuse()
    throw error
  }
  const arrival = new Arrival(session)
  try {
    const received = await arrival.receive(args.message, event)
    if (received === 'refused') return no('A message is too big', ['TOOBIG'])
    const appended = await appendMessages(store, mailbox, received, session.services.limits)
    if (view?.replica.mailbox === mailbox) await view.replica.refresh()
    return ok('APPEND completed', ['APPENDUID', appended.uidvalidity, appended.uids])
  } finally {
    await arrival.discard()
  }
}
