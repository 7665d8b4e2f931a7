import { expungeMessages } from '../../flows/mailboxes/expunge-messages.ts'
import { type Done, ok } from './done.ts'
import type { Selected } from './session.ts'

/** CLOSE (RFC 9051 §6.4.1): what is \Deleted goes without a word, unless the mailbox was only examined. */
export async function close(session: Selected): Promise<Done> {
  const { view, store } = session
  if (!view.readOnly) await expungeMessages(store, view.replica)
  session.deselect()
  return ok('CLOSE completed')
}

/** UNSELECT (RFC 9051 §6.4.2): nothing goes. */
export function unselect(session: Selected): Done {
  session.deselect()
  return ok('UNSELECT completed')
}
