import { deleteMailbox } from '../../../flows/mailboxes/delete-mailbox.ts'
import { MailError } from '../../../mailbox/errors.ts'
import { isInbox, type MailboxPath, parseMailboxPath } from '../../../mailbox/mailbox-path.ts'
import { SPECIAL_USES, type SpecialUse } from '../../../store/mailbox-names.ts'
import { bool, withDefault } from '../arguments.ts'
import { resolveId } from '../get.ts'
import { type Call, invalidProperties, SetError } from '../method.ts'
import { readPatch, readSetArgs, SetOutcome } from '../set.ts'
import { type Mailbox, mailboxName, mailboxObjectId, mailboxObjects } from './mailbox-objects.ts'
import { mailboxState } from './mailbox-state.ts'

const SORT_ORDER_LIMIT = 2 ** 31
/** What a client may say of a Mailbox; everything else it may only send back as it is. */
const SETTABLE = ['name', 'parentId', 'role', 'sortOrder', 'isSubscribed']

/** Mailbox/set (RFC 8621 §2.5). */
export async function mailboxSet(call: Call, given: Record<string, unknown>) {
  const { mail } = call
  const oldState = mailboxState(mail)
  const args = readSetArgs(call, given, oldState, { onDestroyRemoveEmails: withDefault(bool, false) })
  const outcome = new SetOutcome()
  for (const [creationId, wanted] of inOrderOfParents(args.create)) {
    try {
      const created = await createMailbox(call, wanted)
      call.createdIds.set(creationId, created.id)
      outcome.created.set(creationId, created)
    } catch (error) {
      outcome.fail('create', creationId, error)
    }
  }
  for (const [id, patch] of args.update) {
    try {
      if (args.destroy.includes(id)) throw new SetError('willDestroy')
      await updateMailbox(call, id, patch)
      outcome.updated.set(id, null)
    } catch (error) {
      outcome.fail('update', id, error)
    }
  }
  // A Mailbox goes after those in it.
  const depth = (id: string) => mailboxName(mail, id)?.path.length ?? 0
  for (const id of [...args.destroy].sort((a, b) => depth(b) - depth(a))) {
    try {
      await destroyMailbox(call, id, args.onDestroyRemoveEmails)
      outcome.destroyed.push(id)
    } catch (error) {
      outcome.fail('destroy', id, error)
    }
  }
  return outcome.answer(oldState, mailboxState(mail))
}

/** Those whose parent is created by the same call come after it. */
function inOrderOfParents(create: ReadonlyMap<string, Record<string, unknown>>): [string, Record<string, unknown>][] {
  const placed = new Set<string>()
  const ordered: [string, Record<string, unknown>][] = []
  const place = (id: string, level: number) => {
    const wanted = create.get(id)
    if (wanted === undefined || placed.has(id) || level > create.size) return
    const { parentId } = wanted
    if (typeof parentId === 'string' && parentId.startsWith('#')) place(parentId.slice(1), level + 1)
    if (placed.has(id)) return
    placed.add(id)
    ordered.push([id, wanted])
  }
  for (const id of create.keys()) place(id, 0)
  return ordered
}

interface Wish {
  name?: string
  parentId?: string | null
  role?: string | null
  sortOrder?: number
  isSubscribed?: boolean
}

async function createMailbox(call: Call, given: Record<string, unknown>) {
  const { mail, tenant, account } = call
  const unknown = Object.keys(given).find((name) => !SETTABLE.includes(name))
  if (unknown !== undefined) throw invalidProperties(`${unknown.slice(0, 100)} is not the client's to set.`, unknown)
  const wish = readWish(call, given)
  if (wish.name === undefined) throw invalidProperties('A Mailbox has a name.', 'name')
  const path = [...parentPath(call, wish.parentId ?? null), wish.name]
  refuseTaken(call, path)
  const specialUse = specialUseOf(call, wish.role ?? null)
  await tenant.mailboxes.create(account.id, parseMailboxPath(path.join('/')), specialUse ?? undefined)
  if (wish.isSubscribed !== false) await tenant.mailboxes.subscribe(account.id, path, true)
  if (wish.sortOrder !== undefined) await tenant.mailboxes.describe(account.id, path, { sortOrder: wish.sortOrder })
  await mail.refresh()
  const made = mail.names.find((name) => name.path.join('/') === path.join('/'))
  const object = made && [...mailboxObjects(mail).values()].find(({ id }) => mailboxName(mail, id) === made)
  if (object === undefined) throw new SetError('notFound', 'It was deleted at once.')
  const { id, sortOrder, isSubscribed, myRights, totalEmails, unreadEmails, totalThreads, unreadThreads } = object
  return { id, sortOrder, isSubscribed, myRights, totalEmails, unreadEmails, totalThreads, unreadThreads }
}

async function updateMailbox(call: Call, id: string, given: Record<string, unknown>): Promise<void> {
  const { mail, tenant, account } = call
  const name = mailboxName(mail, id)
  const before = mailboxObjects(mail).get(id)
  if (name === undefined || before === undefined) throw new SetError('notFound')
  const wish = readWish(call, wishesOf(before, given), id)
  const target = [
    ...(wish.parentId === undefined ? name.path.slice(0, -1) : parentPath(call, wish.parentId)),
    wish.name ?? name.path.at(-1)!,
  ]
  let path = name.path
  if (!samePath(target, path)) {
    if (isInbox(path)) throw new SetError('forbidden', 'The inbox stays where it is.')
    if (isWithin(target, path)) throw invalidProperties('A Mailbox is not put into itself.', 'parentId')
    refuseTaken(call, target)
    await tenant.mailboxes.rename(account.id, path, parseMailboxPath(target.join('/')))
    path = target
  }
  const specialUse = wish.role === undefined || wish.role === before.role ? undefined : specialUseOf(call, wish.role)
  if (specialUse !== undefined && isInbox(path)) throw invalidProperties('The inbox stays the inbox.', 'role')
  if (wish.sortOrder !== undefined || specialUse !== undefined) {
    await tenant.mailboxes.describe(account.id, path, { sortOrder: wish.sortOrder, specialUse })
  }
  if (wish.isSubscribed !== undefined) await tenant.mailboxes.subscribe(account.id, path, wish.isSubscribed)
  await mail.refresh()
}

async function destroyMailbox(call: Call, id: string, removeEmails: boolean): Promise<void> {
  const { mail, tenant, account } = call
  const name = mailboxName(mail, id)
  const object = mailboxObjects(mail).get(id)
  if (name === undefined || object === undefined) throw new SetError('notFound')
  if (isInbox(name.path)) throw new SetError('forbidden', 'The inbox stays.')
  if (mail.names.some((other) => other !== name && isWithin(other.path, name.path)))
    throw new SetError('mailboxHasChild')
  if (!removeEmails && object.totalEmails > 0) throw new SetError('mailboxHasEmail')
  // A subscription would keep the name (RFC 9051 §6.3.9).
  if (name.subscribed) await tenant.mailboxes.subscribe(account.id, name.path, false)
  await deleteMailbox(tenant, account.id, name.path)
  await mail.refresh()
}

/** A patch as whole properties; those that are as they were, or may stay as they were, are left out. */
function wishesOf(before: Mailbox, given: Record<string, unknown>): Record<string, unknown> {
  const wishes: Record<string, unknown> = {}
  for (const { path, value } of readPatch(given)) {
    const [property = '', ...deeper] = path
    if (deeper.length === 0 && SETTABLE.includes(property)) wishes[property] = value
    else if (deeper.length > 0 || JSON.stringify(before[property]) !== JSON.stringify(value)) {
      throw invalidProperties(`${path.join('/').slice(0, 100)} cannot be changed.`, path.join('/'))
    }
  }
  return wishes
}

function readWish(call: Call, given: Record<string, unknown>, own?: string): Wish {
  const wish: Wish = {}
  const { name, parentId, role, sortOrder, isSubscribed } = given
  if (name !== undefined) wish.name = readName(name)
  if (parentId !== undefined) {
    if (parentId !== null && typeof parentId !== 'string') throw invalidProperties('parentId is an id.', 'parentId')
    wish.parentId = parentId === null ? null : resolveId(call, parentId)
    if (wish.parentId !== null && wish.parentId === own)
      throw invalidProperties('A Mailbox is not its own parent.', 'parentId')
  }
  if (role !== undefined) {
    if (role !== null && typeof role !== 'string') throw invalidProperties('role is a string.', 'role')
    wish.role = role
  }
  if (sortOrder !== undefined) {
    const valid =
      Number.isSafeInteger(sortOrder) && (sortOrder as number) >= 0 && (sortOrder as number) < SORT_ORDER_LIMIT
    if (!valid) throw invalidProperties('sortOrder is a number below 2^31.', 'sortOrder')
    wish.sortOrder = sortOrder as number
  }
  if (isSubscribed !== undefined) {
    if (typeof isSubscribed !== 'boolean') throw invalidProperties('isSubscribed is true or false.', 'isSubscribed')
    wish.isSubscribed = isSubscribed
  }
  return wish
}

/** One level of the hierarchy: a slash would make two. */
function readName(name: unknown): string {
  if (typeof name !== 'string' || name.includes('/'))
    throw invalidProperties('A name is a string without a slash.', 'name')
  try {
    const [level] = parseMailboxPath(name)
    return level!
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    throw invalidProperties('No Mailbox can have that name.', 'name')
  }
}

function parentPath({ mail }: Call, parentId: string | null): MailboxPath {
  if (parentId === null) return []
  const parent = mailboxName(mail, parentId)
  if (parent === undefined) throw invalidProperties('There is no such parent.', 'parentId')
  return parent.path
}

function refuseTaken({ mail }: Call, path: MailboxPath): void {
  const standing = mail.names.find((name) => samePath(name.path, path))
  if (standing !== undefined) {
    throw new SetError('alreadyExists', 'There is a Mailbox of that name.', { existingId: mailboxObjectId(standing) })
  }
}

/** null: none. Throws SetError where it is no role of ours, or another Mailbox has it. */
function specialUseOf({ mail }: Call, role: string | null): SpecialUse | null {
  if (role === null) return null
  const specialUse = SPECIAL_USES.find((use) => use.toLowerCase() === role)
  if (specialUse === undefined) throw invalidProperties('No Mailbox can be given that role.', 'role')
  if ([...mailboxObjects(mail).values()].some((other) => other.role === role)) {
    throw invalidProperties('Another Mailbox has that role.', 'role')
  }
  return specialUse
}

function samePath(a: MailboxPath, b: MailboxPath): boolean {
  return a.length === b.length && isWithin(a, b)
}

/** Below it, or the same. */
function isWithin(path: MailboxPath, above: MailboxPath): boolean {
  return path.length >= above.length && above.every((level, index) => path[index] === level)
}
