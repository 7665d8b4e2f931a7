import { answerChanges, readChangesArgs } from '../changes.ts'
import type { Call } from '../method.ts'
import { COUNTS } from './mailbox-objects.ts'
import { mailboxChangesSince, mailboxState } from './mailbox-state.ts'

/** Mailbox/changes (RFC 8621 §2.2). */
export function mailboxChanges({ mail }: Call, args: Record<string, unknown>) {
  let onlyCounts = false
  const answer = answerChanges(readChangesArgs(args), mailboxState(mail), (since) => {
    const diff = mailboxChangesSince(mail, since)
    onlyCounts = diff.onlyCounts && diff.updated.length > 0
    return diff
  })
  return { ...answer, updatedProperties: onlyCounts ? [...COUNTS] : null }
}
