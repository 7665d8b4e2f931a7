import { answerChanges, type Diff, readChangesArgs } from './changes.ts'
import { emailChangesSince, emailState } from './email-changes-since.ts'
import type { Call } from './method.ts'

/** Email/changes (RFC 8621 §4.3). */
export function emailChanges({ mail }: Call, args: Record<string, unknown>) {
  return answerChanges(readChangesArgs(args), emailState(mail), (since): Diff => {
    const diff: Diff = { created: [], updated: [], destroyed: [] }
    for (const { id, change } of emailChangesSince(mail, since)) diff[change].push(id)
    return diff
  })
}
