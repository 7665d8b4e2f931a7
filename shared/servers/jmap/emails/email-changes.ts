import { answerChanges, type Diff, readChangesArgs } from '../changes.ts'
import type { Call } from '../method.ts'
import { emailChangesSince, emailState, recallChanges } from './email-changes-since.ts'

/** Email/changes (RFC 8621 §4.3). */
export async function emailChanges({ mail }: Call, given: Record<string, unknown>) {
  const args = readChangesArgs(given)
  await recallChanges(mail, args.sinceState)
  return answerChanges(args, emailState(mail), (since): Diff => {
    const diff: Diff = { created: [], updated: [], destroyed: [] }
    for (const { id, change } of emailChangesSince(mail, since)) diff[change].push(id)
    return diff
  })
}
