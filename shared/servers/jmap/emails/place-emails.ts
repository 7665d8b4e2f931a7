/** Changes of many Emails by as few commits as their mailboxes allow. */
import { changeFlagsOf, type FlagsToChange } from '../../../flows/mailboxes/change-flags.ts'
import { copyMessages, moveMessages } from '../../../flows/mailboxes/copy-messages.ts'
import { removeMessages } from '../../../flows/mailboxes/expunge-messages.ts'
import { MOST_KEYWORDS } from '../../../mailbox/flags.ts'
import type { Call } from '../method.ts'
import type { EmailNumber, Folder } from './email-index.ts'
import type { Placement } from './email-placement.ts'
import { flagsOfKeywords, keywordsOf } from './keywords.ts'

/** An Email with what it is to become. */
export interface Wanted {
  id: string
  number: EmailNumber
  placement: Placement
}

export function placementOf({ mail: { emails } }: Pick<Call, 'mail'>, number: EmailNumber): Placement {
  return {
    keywords: new Set(Object.keys(keywordsOf(emails.flagsOf(number)))),
    mailboxIds: new Set(emails.copiesOf(number).map(({ folder }) => folder.id)),
  }
}

type Failed = (id: string, error: unknown) => void

/** Marks first, then moves: copies take their marks along; of what only moves, both are one. What fails is told for each Email that it was about. */
export async function placeEmails(call: Call, wanted: readonly Wanted[], failed: Failed): Promise<void> {
  const broken = new Set<string>()
  const note: Failed = (id, error) => {
    broken.add(id)
    failed(id, error)
  }
  const riding = new Set(wanted.filter((one) => takesMarksAlong(call, one)).map(({ id }) => id))
  await markEmails(
    call,
    wanted.filter(({ id }) => !riding.has(id)),
    note,
  )
  await moveEmails(
    call,
    wanted.filter(({ id }) => !broken.has(id)),
    riding,
    note,
  )
}

/**
 * An Email in one mailbox that goes to one other has its new marks by the commit that moves it: an update of a record is never done by half
 * (RFC 8620 §5.3), not where the move is refused, and not where the process is killed in between.
 */
function takesMarksAlong({ mail }: Pick<Call, 'mail'>, { number, placement }: Wanted): boolean {
  const [copy, ...others] = mail.emails.copiesOf(number)
  if (copy === undefined || others.length > 0 || placement.mailboxIds.size !== 1) return false
  return !placement.mailboxIds.has(copy.folder.id) && placement.keywords.size <= MOST_KEYWORDS
}

/** What is to become of an Email's keywords. */
function marksOf(call: Pick<Call, 'mail'>, { number, placement }: Wanted) {
  const before = placementOf(call, number)
  return (['add', 'remove'] as const).flatMap((change) => {
    const [from, to] = change === 'add' ? [before, placement] : [placement, before]
    const names = [...to.keywords].filter((keyword) => !from.keywords.has(keyword)).sort()
    return names.length === 0 ? [] : [{ change, names, flags: flagsOfKeywords(names) }]
  })
}

/** Every copy of each Email goes, by one commit a mailbox. */
export async function removeEmails(
  call: Call,
  emails: readonly { id: string; number: EmailNumber }[],
  failed: Failed,
): Promise<void> {
  const { mail, tenant } = call
  const groups = new Groups<Folder>()
  for (const { id, number } of emails) {
    for (const { folder, uid } of mail.emails.copiesOf(number)) groups.add(folder.id, folder, id, [uid])
  }
  await groups.each(failed, (folder, uids) => removeMessages(tenant, folder.replica, () => uids))
  mail.absorb()
}

async function markEmails(call: Call, wanted: readonly Wanted[], failed: Failed): Promise<void> {
  const { mail, tenant } = call
  const folders = new Map<Folder, { ids: Set<string>; changes: Map<string, FlagsToChange & { uids: number[] }> }>()
  for (const one of wanted) {
    const { id, number } = one
    for (const { change, names, flags } of marksOf(call, one)) {
      for (const { folder, uid } of mail.emails.copiesOf(number)) {
        const own = folders.get(folder) ?? { ids: new Set(), changes: new Map() }
        folders.set(folder, own)
        const key = `${change} ${names.join(' ')}`
        const known = own.changes.get(key) ?? { uids: [], change, flags }
        own.changes.set(key, known)
        known.uids.push(uid)
        own.ids.add(id)
      }
    }
  }
  for (const [folder, { ids, changes }] of folders) {
    const inOrder = [...changes.values()].map((one) => ({ ...one, uids: ascending(one.uids) }))
    try {
      await changeFlagsOf(tenant, folder.replica, inOrder)
    } catch (error) {
      for (const id of ids) failed(id, error)
    }
  }
  mail.absorb()
}

interface Route {
  from: Folder
  to: Folder
}

/** `riding`: those whose marks go with the move. */
async function moveEmails(
  call: Call,
  wanted: readonly Wanted[],
  riding: ReadonlySet<string>,
  failed: Failed,
): Promise<void> {
  const { mail, tenant } = call
  const changes = new Map<Folder, Map<number, ReturnType<typeof marksOf>>>()
  const [copies, moves, removals] = [new Groups<Route>(), new Groups<Route>(), new Groups<Folder>()]
  for (const one of wanted) {
    const { id, number, placement } = one
    if (!mail.emails.has(number)) continue // gone meanwhile
    const { mailboxIds } = placementOf(call, number)
    const added = [...placement.mailboxIds].filter((folder) => !mailboxIds.has(folder)).map((to) => mail.folder(to)!)
    const removed = [...mailboxIds].filter((folder) => !placement.mailboxIds.has(folder))
    const uidsIn = (folder: string) =>
      mail.emails.copiesOf(number).flatMap((copy) => (copy.folder.id === folder ? [copy.uid] : []))
    const [source] = removed.length > 0 ? removed : [...mailboxIds]
    const from = mail.folder(source!)!
    const [first, ...others] = uidsIn(from.id)
    // One of the new places gets the message that leaves; the others get copies of it before.
    const moving = removed.length > 0 ? added.pop() : undefined
    for (const to of added) copies.add(`${from.id} ${to.id}`, { from, to }, id, [first!])
    if (moving !== undefined) moves.add(`${from.id} ${moving.id}`, { from, to: moving }, id, [first!])
    if (moving !== undefined && riding.has(id)) {
      const own = changes.get(from) ?? new Map<number, ReturnType<typeof marksOf>>()
      changes.set(from, own.set(first!, marksOf(call, one)))
    }
    for (const folder of removed) {
      const uids = moving !== undefined && folder === from.id ? others : uidsIn(folder)
      if (uids.length > 0) removals.add(folder, mail.folder(folder)!, id, uids)
    }
  }
  const broken = new Set<string>()
  const note: Failed = (id, error) => {
    broken.add(id)
    failed(id, error)
  }
  await copies.each(note, ({ from, to }, uids) => copyMessages(tenant, from.replica, uids, to.mailbox))
  await moves.each(
    note,
    ({ from, to }, uids) =>
      moveMessages(tenant, from.replica, uids, to.mailbox, { changes: changes.get(from) ?? new Map() }),
    broken,
  )
  await removals.each(note, (folder, uids) => removeMessages(tenant, folder.replica, () => uids), broken)
  const reached = new Set([...copies.all(), ...moves.all()].map(({ to }) => to))
  await Promise.all([...reached].map(({ replica }) => replica.refresh()))
  mail.absorb()
}

/** Messages with what is to be done with them together. */
class Groups<T> {
  readonly #groups = new Map<string, { what: T; members: { id: string; uids: readonly number[] }[] }>()

  add(key: string, what: T, id: string, uids: readonly number[]): void {
    const known = this.#groups.get(key) ?? { what, members: [] }
    this.#groups.set(key, known)
    known.members.push({ id, uids })
  }

  all(): T[] {
    return [...this.#groups.values()].map(({ what }) => what)
  }

  async each(
    failed: Failed,
    work: (what: T, uids: number[]) => Promise<unknown>,
    without: ReadonlySet<string> = new Set(),
  ): Promise<void> {
    for (const { what, members } of this.#groups.values()) {
      const left = members.filter(({ id }) => !without.has(id))
      if (left.length === 0) continue
      try {
        await work(what, ascending(left.flatMap(({ uids }) => uids)))
      } catch (error) {
        for (const { id } of left) failed(id, error)
      }
    }
  }
}

function ascending(uids: readonly number[]): number[] {
  return [...new Set(uids)].sort((a, b) => a - b)
}
