import { createHash } from 'node:crypto'
import type { AccountMail } from '../account-mail.ts'
import type { Diff } from '../changes.ts'
import { unknownState } from '../state.ts'
import { COUNTS, type Mailbox, mailboxObjects } from './mailbox-objects.ts'

const ENTRY = /^([A-Za-z0-9_-]{1,80})~([A-Za-z0-9_-]{6})([A-Za-z0-9_-]{6})$/

/** The state of all Mailboxes: of each its id, a hash of what it is and one of what it counts. It needs no history to be compared. */
export function mailboxState(mail: AccountMail): string {
  mail.absorb()
  return mail.derive('mailboxState', () =>
    [...mailboxObjects(mail).values()]
      .map((mailbox) => `${mailbox.id}~${hashOfSelf(mailbox)}${hashOfCounts(mailbox)}`)
      .sort()
      .join(','),
  )
}

/** What became of the Mailboxes since the state, and whether it was only their counts. Throws MethodError 'cannotCalculateChanges'. */
export function mailboxChangesSince(mail: AccountMail, state: string): Diff & { onlyCounts: boolean } {
  const before = parseState(state)
  const diff = { created: [] as string[], updated: [] as string[], destroyed: [] as string[], onlyCounts: true }
  const now = mailboxObjects(mail)
  for (const [id, mailbox] of now) {
    const known = before.get(id)
    if (known === undefined) diff.created.push(id)
    else if (known.self !== hashOfSelf(mailbox)) {
      diff.updated.push(id)
      diff.onlyCounts = false
    } else if (known.counts !== hashOfCounts(mailbox)) diff.updated.push(id)
  }
  for (const id of before.keys()) if (!now.has(id)) diff.destroyed.push(id)
  return diff
}

function parseState(state: string): Map<string, { self: string; counts: string }> {
  const known = new Map<string, { self: string; counts: string }>()
  for (const entry of state.split(',')) {
    const [, id, self, counts] = ENTRY.exec(entry) ?? []
    if (id === undefined) throw unknownState()
    known.set(id, { self: self!, counts: counts! })
  }
  return known
}

function hashOfSelf({ name, parentId, role, sortOrder, isSubscribed, myRights }: Mailbox): string {
  return hashOf([name, parentId, role, sortOrder, isSubscribed, myRights])
}

function hashOfCounts(mailbox: Mailbox): string {
  return hashOf(COUNTS.map((name) => mailbox[name]))
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 6)
}
