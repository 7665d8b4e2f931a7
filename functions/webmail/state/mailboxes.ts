import { computed, signal } from '@preact/signals'
import type { Batch, Call } from '../jmap/batch.ts'
import { refusal } from '../jmap/failure.ts'
import type { GetResponse, Mailbox, Role, SetResponse } from '../jmap/types.ts'
import { current, openBatch, send } from './session.ts'

export const mailboxes = signal<readonly Mailbox[] | undefined>(undefined)

const ORDER: readonly (Role | null)[] = [
  'inbox',
  'flagged',
  'important',
  'drafts',
  'sent',
  'archive',
  'all',
  'junk',
  'trash',
]

export interface Folder {
  mailbox: Mailbox
  level: number
  /** With its parents' names. */
  path: string
}

/** As they are shown: those with a role first, then by name, children under their parents. */
export const folders = computed<readonly Folder[]>(() => {
  const all = mailboxes.value ?? []
  const under = new Map<string | null, Mailbox[]>()
  for (const mailbox of all) {
    const parent = all.some(({ id }) => id === mailbox.parentId) ? mailbox.parentId : null
    under.set(parent, [...(under.get(parent) ?? []), mailbox])
  }
  const rank = ({ role }: Mailbox) => (role && ORDER.includes(role) ? ORDER.indexOf(role) : ORDER.length)
  const listed = (parent: string | null, level: number, path: string): Folder[] =>
    (under.get(parent) ?? [])
      .toSorted((a, b) => rank(a) - rank(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name))
      .flatMap((mailbox) => {
        const own = path === '' ? nameOf(mailbox) : `${path} / ${mailbox.name}`
        return [{ mailbox, level, path: own }, ...listed(mailbox.id, level + 1, own)]
      })
  return listed(null, 0, '')
})

export function nameOf({ name, role }: Mailbox): string {
  return role === 'inbox' ? 'Inbox' : name
}

export function mailboxById(id: string | undefined): Mailbox | undefined {
  return mailboxes.value?.find((each) => each.id === id)
}

export function mailboxByRole(role: Role): Mailbox | undefined {
  return mailboxes.value?.find((each) => each.role === role)
}

/** By what a person types after `in:`: a role, a name, or a path with `/`. */
export function mailboxByName(name: string): Mailbox | undefined {
  const wanted = name.toLowerCase()
  const role = wanted === 'spam' ? 'junk' : wanted === 'bin' ? 'trash' : wanted
  return (
    mailboxes.value?.find((each) => each.role === role) ??
    folders.value.find(({ mailbox }) => mailbox.name.toLowerCase() === wanted)?.mailbox ??
    folders.value.find(({ path }) => path.toLowerCase().replaceAll(' / ', '/') === wanted)?.mailbox
  )
}

export function callMailboxes(batch: Batch): Call<GetResponse<Mailbox>> {
  return batch.call('Mailbox/get', { accountId: current().accountId, ids: null })
}

let mailboxState: string | undefined

export function knownMailboxState(): string | undefined {
  return mailboxState
}

export function takeMailboxes({ list, state }: GetResponse<Mailbox>): void {
  mailboxes.value = list
  mailboxState = state
}

export async function loadMailboxes(): Promise<void> {
  const batch = openBatch()
  const got = callMailboxes(batch)
  await send(batch)
  takeMailboxes(got.result())
}

async function setMailboxes(args: Record<string, unknown>): Promise<SetResponse> {
  const batch = openBatch()
  const done = batch.call<SetResponse>('Mailbox/set', { accountId: current().accountId, ...args })
  const got = callMailboxes(batch)
  await send(batch)
  const answer = done.result()
  takeMailboxes(got.result())
  const errors = [answer.notCreated, answer.notUpdated, answer.notDestroyed].flatMap((each) =>
    Object.values(each ?? {}),
  )
  if (errors[0]) throw refusal(errors[0])
  return answer
}

export async function createMailbox(name: string, parentId: string | null): Promise<string> {
  const { created } = await setMailboxes({ create: { folder: { name, parentId } } })
  return created!['folder']!.id
}

export async function changeMailbox(id: string, patch: Partial<Pick<Mailbox, 'name' | 'parentId'>>): Promise<void> {
  await setMailboxes({ update: { [id]: patch } })
}

/** With the messages in it, where they are in no other folder. */
export async function destroyMailbox(id: string): Promise<void> {
  await setMailboxes({ destroy: [id], onDestroyRemoveEmails: true })
}

/** The mailbox of that role, made where the account has none. */
export async function ensureMailbox(role: Role, name: string): Promise<string> {
  const known = mailboxByRole(role)
  if (known) return known.id
  const { created } = await setMailboxes({ create: { folder: { name, parentId: null, role } } })
  return created!['folder']!.id
}
