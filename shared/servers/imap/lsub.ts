import { formatList } from '../../codec/imap/list.ts'
import { joinReference, matchesListPattern } from '../../codec/imap/list-pattern.ts'
import { formatMailboxPath, SEPARATOR } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import { attributesOf } from './list.ts'
import type { Authenticated } from './session.ts'

/** LSUB (RFC 3501 §6.3.9): subscriptions, whether or not their mailboxes are there. */
export async function lsub(session: Authenticated, args: { reference: string; pattern: string }): Promise<Done> {
  const pattern = joinReference(args.reference, args.pattern)
  const names = await session.store.mailboxes.list(session.account.id)
  const parents = parentsOfSubscribed(names)
  for (const name of names) {
    const text = formatMailboxPath(name.path)
    if (!matchesListPattern(pattern, text)) continue
    // With % a name that is not subscribed stands for those below it that are, which % does not reach (§6.3.9).
    const standsFor = !name.subscribed && pattern.endsWith('%') && parents.has(text)
    if (!name.subscribed && !standsFor) continue
    const attributes = standsFor
      ? ['\\Noselect']
      : attributesOf(name).map((attribute) => (attribute === '\\NonExistent' ? '\\Noselect' : attribute))
    session.out.add(formatList('LSUB', { attributes, separator: SEPARATOR, name: text }, session.enabled.utf8))
    if (session.out.full) await session.out.flush()
  }
  return ok('LSUB completed')
}

function parentsOfSubscribed(names: readonly { path: readonly string[]; subscribed: boolean }[]): Set<string> {
  const parents = new Set<string>()
  for (const { path, subscribed } of names) {
    if (!subscribed) continue
    for (let depth = 1; depth < path.length; depth += 1) parents.add(formatMailboxPath(path.slice(0, depth)))
  }
  return parents
}
