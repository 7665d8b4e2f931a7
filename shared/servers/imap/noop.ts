import { type Done, ok } from './done.ts'
import type { Selected, Session } from './session.ts'

/** NOOP (RFC 9051 §6.1.2): reads the mailbox's newest record, so that what a lost hint did not tell is told now. */
export async function noop(session: Session): Promise<Done> {
  await session.view?.replica.refresh()
  return ok('NOOP completed')
}

/** CHECK (RFC 3501 §6.4.1): every commit is durable when it is answered, so there is nothing to do but look. */
export async function check(session: Selected): Promise<Done> {
  await session.view.replica.refresh()
  await session.view.replica.verify()
  return ok('CHECK completed')
}
