import { answerChanges, type Diff, readChangesArgs } from '../changes.ts'
import type { Call } from '../method.ts'
import { emailChangesSince, emailState, recallChanges } from './email-changes-since.ts'

/** Thread/changes (RFC 8621 §3.2): a Thread becomes another when an Email is added to it or taken away. */
export async function threadChanges({ mail }: Call, given: Record<string, unknown>) {
  const args = readChangesArgs(given)
  await recallChanges(mail, args.sinceState)
  return answerChanges(args, emailState(mail), (since): Diff => {
    const changed = emailChangesSince(mail, since)
    const created = new Set(changed.flatMap(({ id, change }) => (change === 'created' ? [id] : [])))
    const destroyed = new Set(changed.flatMap(({ thread, change }) => (change === 'destroyed' ? [thread] : [])))
    const diff: Diff = { created: [], updated: [], destroyed: [] }
    const touched = new Set(changed.flatMap(({ thread, change }) => (change === 'updated' ? [] : [thread])))
    for (const thread of touched) {
      const now = mail.emails.emailsOf(thread)
      const stood = destroyed.has(thread) || now.some((number) => !created.has(mail.emails.contentOf(number)))
      if (now.length === 0) diff.destroyed.push(thread)
      else if (stood) diff.updated.push(thread)
      else diff.created.push(thread)
    }
    return diff
  })
}
