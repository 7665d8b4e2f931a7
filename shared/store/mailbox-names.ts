import { MailError } from '../mailbox/errors.ts'
import { type AccountId, type MailboxId, mailboxId } from '../mailbox/ids.ts'
import { formatMailboxPath, isInbox, type MailboxPath } from '../mailbox/mailbox-path.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, queryAll } from '../ports/table.ts'
import { accountPk, inboxNameKey, mailboxKey, NAME_PREFIX, nameKey, REMOVED_PREFIX, ROOT_NODE } from './keys.ts'

/** Special-use attributes (RFC 6154 §2), without the backslash. */
export const SPECIAL_USES = ['All', 'Archive', 'Drafts', 'Flagged', 'Junk', 'Sent', 'Trash'] as const
export type SpecialUse = (typeof SPECIAL_USES)[number]

/** A name in the hierarchy. Its children hang on `node`, not on its text, so that RENAME moves a subtree by one name. */
export interface MailboxName {
  path: MailboxPath
  node: string
  /** Absent: the name cannot be selected (\Noselect), it only has children, or only a subscription. */
  mailbox?: MailboxId
  /** False: only a subscription keeps the name, its own or that of one below it (\\NonExistent, RFC 5258 §3). */
  exists: boolean
  subscribed: boolean
  specialUse?: SpecialUse
  /** Where JMAP clients show it among its siblings (RFC 8621 §2); absent: where it goes by its use. */
  sortOrder?: number
  hasChildren: boolean
}

/** INBOX, and what its name says beside it, so that a delivery that nobody wants anything done with reads no more. */
export interface Inbox {
  mailbox: MailboxId
  /** The version of the account's rules; absent: there are none that do anything. */
  rules?: number
  /** The version of its vacation response; absent: it is off. */
  vacation?: number
}

/** The names of an account's mailboxes, as they are; mailboxes.ts changes them. */
export class MailboxNames {
  protected readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Every name: parents before children, INBOX first, else in the order of their octets. */
  async list(account: AccountId): Promise<MailboxName[]> {
    const children = new Map<string, Item[]>()
    for await (const item of queryAll(this.engine.table, accountPk(account), { prefix: NAME_PREFIX })) {
      const { parent } = splitNameKey(item.sk)
      const siblings = children.get(parent)
      if (siblings === undefined) children.set(parent, [item])
      else siblings.push(item)
    }
    const names: MailboxName[] = []
    const walk = (parent: string, above: MailboxPath) => {
      for (const item of children.get(parent) ?? []) {
        const name = nameOf(account, item, above, (children.get(item['node'] as string) ?? []).some(isThere))
        names.push(name)
        walk(name.node, name.path)
      }
    }
    walk(ROOT_NODE, [])
    return names.sort((a, b) => Number(isInbox(b.path)) - Number(isInbox(a.path)))
  }

  /** Undefined where there is no such name; a name that is only subscribed to has no mailbox. */
  async find(account: AccountId, path: MailboxPath): Promise<MailboxName | undefined> {
    const items = await this.walk(account, path)
    const item = items.at(-1)
    if (items.length < path.length || item === undefined || !isThere(item)) return undefined
    return nameOf(account, item, path.slice(0, -1), await this.hasChildren(account, item['node'] as string))
  }

  /** Throws MailError 'no-such-mailbox' where the name is none or cannot be selected. */
  async mailbox(account: AccountId, path: MailboxPath): Promise<MailboxId> {
    const items = await this.walk(account, path)
    const local = items.length === path.length ? items.at(-1)?.['mailbox'] : undefined
    if (local === undefined)
      throw new MailError('no-such-mailbox', `${account} has no mailbox ${formatMailboxPath(path)}`)
    return mailboxId(account, local as string)
  }

  /** Undefined where the account is no more. */
  async inbox(account: AccountId): Promise<Inbox | undefined> {
    const item = await this.engine.table.get(inboxNameKey(account))
    if (item?.['mailbox'] === undefined) return undefined
    const rules = item['rules'] as number | undefined
    const vacation = item['vacation'] as number | undefined
    return {
      mailbox: mailboxId(account, item['mailbox'] as string),
      ...(rules !== undefined && { rules }),
      ...(vacation !== undefined && { vacation }),
    }
  }

  /** The account's mailbox for a special use; undefined where it keeps none. */
  async mailboxFor(account: AccountId, use: SpecialUse): Promise<MailboxId | undefined> {
    const names = await this.list(account)
    return names.find(({ specialUse, mailbox }) => specialUse === use && mailbox !== undefined)?.mailbox
  }

  /** Those of the mailboxes that have not been deleted, in their order. */
  async standing(mailboxes: readonly MailboxId[]): Promise<MailboxId[]> {
    const items = await this.engine.table.getMany(mailboxes.map(mailboxKey))
    return mailboxes.filter((_, index) => items[index] !== undefined && items[index]['removed'] !== true)
  }

  /** Mailboxes whose name is gone and whose content is still to be removed. */
  async *removed(account: AccountId): AsyncGenerator<MailboxId> {
    for await (const item of queryAll(this.engine.table, accountPk(account), { prefix: REMOVED_PREFIX })) {
      yield mailboxId(account, item.sk.slice(REMOVED_PREFIX.length))
    }
  }

  /** Items along a path, as far as they exist. */
  protected async walk(account: AccountId, path: MailboxPath): Promise<Item[]> {
    const items: Item[] = []
    let node = ROOT_NODE
    for (const level of path) {
      const item = await this.engine.table.get(nameKey(account, node, level))
      if (item === undefined) break
      items.push(item)
      node = item['node'] as string
    }
    return items
  }

  protected async hasChildren(account: AccountId, node: string): Promise<boolean> {
    for await (const item of queryAll(this.engine.table, accountPk(account), { prefix: `${NAME_PREFIX}${node}/` })) {
      if (isThere(item)) return true
    }
    return false
  }
}

/** A name that only a subscription, or names below it, keep. */
export function isThere(item: Item): boolean {
  return item['gone'] !== true
}

export function splitNameKey(sk: string): { parent: string; name: string } {
  const slash = sk.indexOf('/', NAME_PREFIX.length)
  return { parent: sk.slice(NAME_PREFIX.length, slash), name: sk.slice(slash + 1) }
}

function nameOf(account: AccountId, item: Item, above: MailboxPath, hasChildren: boolean): MailboxName {
  const mailbox = item['mailbox'] as string | undefined
  const specialUse = item['specialUse'] as SpecialUse | undefined
  const sortOrder = item['sortOrder'] as number | undefined
  return {
    path: [...above, splitNameKey(item.sk).name],
    node: item['node'] as string,
    exists: isThere(item),
    subscribed: item['subscribed'] === true,
    hasChildren,
    ...(mailbox !== undefined && { mailbox: mailboxId(account, mailbox) }),
    ...(specialUse !== undefined && { specialUse }),
    ...(sortOrder !== undefined && { sortOrder }),
  }
}
