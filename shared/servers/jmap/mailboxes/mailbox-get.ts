import { answerGet, readGetArgs, requireKnown } from '../get.ts'
import type { Call } from '../method.ts'
import { MAILBOX_PROPERTIES, mailboxObjects } from './mailbox-objects.ts'
import { mailboxState } from './mailbox-state.ts'

/** Mailbox/get (RFC 8621 §2.1). */
export function mailboxGet(call: Call, args: Record<string, unknown>) {
  const wanted = readGetArgs(call, args)
  requireKnown(wanted.properties, MAILBOX_PROPERTIES)
  return answerGet(mailboxObjects(call.mail), wanted, mailboxState(call.mail))
}
