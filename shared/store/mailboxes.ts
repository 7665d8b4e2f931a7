import { MailError } from '../mailbox/errors.ts'
import { type AccountId, type MailboxId, mailboxId } from '../mailbox/ids.ts'
import { formatMailboxPath, isInbox, type MailboxPath } from '../mailbox/mailbox-path.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Condition, ConflictError, DiskError, type Item, type Operation, ThrottledError } from '../ports/table.ts'
import { hangSubscriptions } from './hang-subscriptions.ts'
import type { Journal } from './journal.ts'
import { EMPTY_TOTALS, type Totals } from './journal-record.ts'
import { accountKey, mailboxKey, nameKey, ROOT_NODE, removedKey } from './keys.ts'
import { isThere, MailboxNames, type SpecialUse } from './mailbox-names.ts'
import { refusedByDisk } from './refused-by-disk.ts'

/** What a snapshot tells of its mailbox. */
export interface RestoredMailbox {
  path: MailboxPath
  specialUse?: string
  modseq: number
  totals: Totals
}

const ATTEMPTS = 20
/** Operations of one RENAME for what is subscribed to below a name that it takes: the rest of the write's hundred are its own. */
const MOST_MOVED = 60

/** The names of an account's mailboxes, and what changes them; each change is one write. */
export class Mailboxes extends MailboxNames {
  private readonly journal: Journal

  constructor(engine: TenantEngine, journal: Journal) {
    super(engine)
    this.journal = journal
  }

  /** Makes the mailbox, and those above it that are missing (RFC 9051 §6.3.4). Throws MailError 'mailbox-exists'. */
  async create(account: AccountId, path: MailboxPath, specialUse?: SpecialUse): Promise<MailboxId> {
    return this.retried(async () => {
      const last = await this.lastUidvalidity(account)
      const plan = await this.planCreation(account, path, last, specialUse)
      await this.engine.table.write([...plan.operations, this.uidvalidityOperation(account, last, plan.uidvalidity)])
      return plan.mailbox
    })
  }

  /** The operations that give a new account its first mailboxes, all top-level. The account item is to hold `uidvalidity`. */
  firstMailboxes(account: AccountId, names: readonly { name: string; specialUse?: SpecialUse }[]) {
    let uidvalidity = this.nowSeconds()
    const operations = names.flatMap(({ name, specialUse }) => {
      const made = this.newMailbox(account, uidvalidity++)
      const attributes = { node: made.local, mailbox: made.local, subscribed: true, version: 0 }
      const put: Item = { ...nameKey(account, ROOT_NODE, name), ...attributes, ...(specialUse && { specialUse }) }
      return [{ put, if: { absent: true } } satisfies Operation, ...made.operations]
    })
    return { operations, uidvalidity }
  }

  /**
   * Takes the name away at once and says whose content is to be removed, which `removed` lists until then. A name with children stays, not selectable (RFC 9051 §6.3.5).
   * Throws MailError 'no-such-mailbox', 'mailbox-has-children' (nothing but children is left), 'not-allowed' (INBOX).
   */
  async delete(account: AccountId, path: MailboxPath): Promise<MailboxId | undefined> {
    if (isInbox(path)) throw new MailError('not-allowed', 'INBOX cannot be deleted')
    return this.retried(async () => {
      const items = await this.walk(account, path)
      const item = items.length === path.length ? items.at(-1) : undefined
      if (item === undefined || !isThere(item)) {
        throw new MailError('no-such-mailbox', `${account} has no mailbox ${formatMailboxPath(path)}`)
      }
      const parented = await this.hasChildren(account, item['node'] as string)
      const local = item['mailbox'] as string | undefined
      if (local === undefined && parented) throw new MailError('mailbox-has-children', formatMailboxPath(path))
      const { pk, sk } = item
      const unchanged = {
        equals: { version: item['version'] as number, ...(local !== undefined && { mailbox: local }) },
      }
      const keepsName = parented || item['subscribed'] === true
      const unlink: Operation = keepsName
        ? { update: { pk, sk }, remove: ['mailbox', 'specialUse'], set: { gone: !parented }, if: unchanged }
        : { delete: { pk, sk }, if: unchanged }
      if (local === undefined) {
        await this.engine.table.write([unlink])
        return undefined
      }
      const mailbox = mailboxId(account, local)
      const removed: Item = { ...removedKey(mailbox), at: this.engine.clock.now() }
      // What is delivered at this moment sees the mark, and goes elsewhere.
      const marked: Operation = { update: mailboxKey(mailbox), set: { removed: true } }
      await this.engine.table.write([unlink, { put: removed }, marked])
      return mailbox
    })
  }

  /**
   * RENAME with everything below (RFC 9051 §6.3.6). INBOX keeps its name and its children: its messages move to the new name, and
   * it goes on empty as a new mailbox: then says which one it was. Throws MailError 'no-such-mailbox', 'mailbox-exists', 'not-allowed' (into itself).
   */
  async rename(account: AccountId, from: MailboxPath, to: MailboxPath): Promise<MailboxId | undefined> {
    if (to.length > from.length && from.every((level, index) => level === to[index]) && !isInbox(from)) {
      throw new MailError('not-allowed', 'a mailbox cannot move into itself')
    }
    return this.retried(async () => {
      const items = await this.walk(account, from)
      const item = items.length === from.length ? items.at(-1) : undefined
      if (item === undefined || !isThere(item)) {
        throw new MailError('no-such-mailbox', `${account} has no mailbox ${formatMailboxPath(from)}`)
      }
      const last = await this.lastUidvalidity(account)
      const parents = await this.planParents(account, to, last)
      const target = nameKey(account, parents.node, to.at(-1)!)
      const standing = await this.engine.table.get(target)
      const vacant = vacantCondition(standing, to)
      const { pk, sk, ...attributes } = item
      const node = isInbox(from) ? this.engine.ids.nonce() : (item['node'] as string)
      const moved: Item = { ...target, ...attributes, node }
      const below: Operation[] = []
      if (standing !== undefined) {
        moved['subscribed'] = item['subscribed'] === true || standing['subscribed'] === true
        below.push(...(await hangSubscriptions(this.engine.table, account, standing['node'] as string, node)))
        if (below.length > MOST_MOVED) throw new MailError('too-large', `${below.length} operations of subscriptions`)
      }
      const unchanged = { equals: { version: item['version'] as number } }
      if (isInbox(from)) {
        const fresh = this.newMailbox(account, parents.uidvalidity)
        await this.engine.table.write([
          // INBOX itself may be the parent of the new name; it needs no touch, as nobody deletes it.
          ...parents.operations.filter((operation) => !('update' in operation && operation.update.sk === sk)),
          { put: moved, if: vacant },
          ...below,
          { update: { pk, sk }, set: { mailbox: fresh.local }, if: { equals: { mailbox: item['mailbox'] as string } } },
          ...fresh.operations,
          this.uidvalidityOperation(account, last, parents.uidvalidity + 1),
        ])
        return mailboxId(account, item['mailbox'] as string)
      }
      await this.engine.table.write([
        ...parents.operations,
        { put: moved, if: vacant },
        ...below,
        { delete: { pk, sk }, if: unchanged },
        ...(parents.uidvalidity > last + 1 ? [this.uidvalidityOperation(account, last, parents.uidvalidity)] : []),
      ])
      return undefined
    })
  }

  /** What is said of a mailbox beside its name; null takes it away, and what is absent stays. Throws MailError 'no-such-mailbox'. */
  async describe(
    account: AccountId,
    path: MailboxPath,
    { sortOrder, specialUse }: { sortOrder?: number | undefined; specialUse?: SpecialUse | null | undefined },
  ): Promise<void> {
    await this.retried(async () => {
      const items = await this.walk(account, path)
      const item = items.length === path.length ? items.at(-1) : undefined
      if (item === undefined || !isThere(item)) {
        throw new MailError('no-such-mailbox', `${account} has no mailbox ${formatMailboxPath(path)}`)
      }
      const { pk, sk } = item
      const set = { ...(sortOrder !== undefined && { sortOrder }), ...(specialUse && { specialUse }) }
      const remove = specialUse === null ? ['specialUse'] : []
      await this.engine.table.write([{ update: { pk, sk }, set, remove, if: { present: true } }])
    })
  }

  /** Subscribing to a name that is not there is allowed; its mailbox may come (RFC 9051 §6.3.7). */
  async subscribe(account: AccountId, path: MailboxPath, subscribed: boolean): Promise<void> {
    await this.retried(async () => {
      const items = await this.walk(account, path)
      const item = items.length === path.length ? items.at(-1) : undefined
      if (item === undefined) {
        if (subscribed) await this.subscribeToNothing(account, path, items)
        return
      }
      const { pk, sk } = item
      if (!subscribed && item['gone'] === true && !(await this.hasChildren(account, item['node'] as string))) {
        await this.engine.table.write([{ delete: { pk, sk }, if: { equals: { version: item['version'] as number } } }])
        return
      }
      await this.engine.table.write([{ update: { pk, sk }, set: { subscribed }, if: { present: true } }])
    })
  }

  /**
   * Puts a mailbox back out of its snapshot, under a new UIDVALIDITY and its old name: in the place of an empty mailbox there (a new account's INBOX), else
   * under a name beside it.
   */
  async restore(
    account: AccountId,
    mailbox: MailboxId,
    { path, specialUse, modseq, totals }: RestoredMailbox,
  ): Promise<void> {
    const local = mailbox.slice(account.length + 1)
    await this.retried(async () => {
      const last = await this.lastUidvalidity(account)
      const wanted = path.length > 0 ? path : [`Recovered ${local}`]
      const standing = (await this.walk(account, wanted))[wanted.length - 1]
      const replaceable = standing === undefined || (await this.isUnused(account, standing))
      const parents = await this.planParents(account, wanted, last)
      const name = replaceable ? wanted.at(-1)! : `${wanted.at(-1)} (recovered ${local})`
      const key = nameKey(account, parents.node, name)
      const named: Operation =
        standing !== undefined && replaceable
          ? {
              update: key,
              set: { mailbox: local, gone: false },
              if: { equals: { version: standing['version'] as number } },
            }
          : {
              put: {
                ...key,
                node: local,
                ...nameAttributes(local, specialUse as SpecialUse | undefined),
                subscribed: true,
              },
            }
      await this.engine.table.write([
        ...parents.operations,
        named,
        { put: { ...mailboxKey(mailbox), uidvalidity: parents.uidvalidity, snapshot: modseq } },
        this.journal.firstRecord(mailbox, totals, modseq),
        this.uidvalidityOperation(account, last, parents.uidvalidity + 1),
      ])
    })
  }

  /** The last step of a removal, when nothing of the mailbox is left. */
  async forget(mailbox: MailboxId): Promise<void> {
    await this.engine.table.write([{ delete: mailboxKey(mailbox) }, { delete: removedKey(mailbox) }])
  }

  /** No mailbox behind the name, or one that never held a message. */
  private async isUnused(account: AccountId, item: Item): Promise<boolean> {
    const local = item['mailbox'] as string | undefined
    if (local === undefined || !(await this.journal.exists(mailboxId(account, local)))) return true
    const { totals } = await this.journal.newest(mailboxId(account, local))
    return totals.uidNext === 1
  }

  private async planCreation(account: AccountId, path: MailboxPath, last: number, specialUse?: SpecialUse) {
    const parents = await this.planParents(account, path, last)
    const key = nameKey(account, parents.node, path.at(-1)!)
    const standing = await this.engine.table.get(key)
    if (standing?.['mailbox'] !== undefined) throw new MailError('mailbox-exists', formatMailboxPath(path))
    const made = this.newMailbox(account, parents.uidvalidity)
    const named: Operation =
      standing === undefined
        ? { put: { ...key, node: made.local, ...nameAttributes(made.local, specialUse) }, if: { absent: true } }
        : {
            update: key,
            set: { mailbox: made.local, gone: false, ...(specialUse && { specialUse }) },
            if: { present: true, unset: ['mailbox'] },
          }
    return {
      mailbox: made.mailbox,
      operations: [...parents.operations, named, ...made.operations],
      uidvalidity: parents.uidvalidity + 1,
    }
  }

  /** What makes the names above `path` exist and hold still; `node` is where the last level hangs. */
  private async planParents(account: AccountId, path: MailboxPath, last: number) {
    const above = path.slice(0, -1)
    const items = await this.walk(account, above)
    const operations: Operation[] = []
    let node = ROOT_NODE
    let uidvalidity = Math.max(this.nowSeconds(), last + 1)
    for (const [index, level] of above.entries()) {
      const item = items[index]
      if (item !== undefined) {
        node = item['node'] as string
        // The nearest name above is touched, so that its deletion at the same moment fails instead of orphaning the new child.
        // One above it that only a subscription kept is a name now, too.
        if (index === items.length - 1 || !isThere(item)) {
          const { pk, sk } = item
          operations.push({ update: { pk, sk }, add: { version: 1 }, set: { gone: false }, if: { present: true } })
        }
        continue
      }
      const made = this.newMailbox(account, uidvalidity++)
      const put: Item = { ...nameKey(account, node, level), node: made.local, ...nameAttributes(made.local) }
      operations.push({ put, if: { absent: true } }, ...made.operations)
      node = made.local
    }
    return { node, operations, uidvalidity }
  }

  private async subscribeToNothing(account: AccountId, path: MailboxPath, items: readonly Item[]): Promise<void> {
    const operations: Operation[] = []
    let node = (items.at(-1)?.['node'] as string | undefined) ?? ROOT_NODE
    for (const [index, level] of path.slice(items.length).entries()) {
      const child = this.engine.ids.nonce()
      const subscribed = items.length + index === path.length - 1
      const put: Item = { ...nameKey(account, node, level), node: child, gone: true, subscribed, version: 0 }
      operations.push({ put, if: { absent: true } })
      node = child
    }
    await this.engine.table.write(operations)
  }

  private newMailbox(account: AccountId, uidvalidity: number) {
    const local = this.engine.ids.nonce()
    const mailbox = mailboxId(account, local)
    const put: Item = { ...mailboxKey(mailbox), uidvalidity, snapshot: 0 }
    const operations: Operation[] = [{ put, if: { absent: true } }, this.journal.firstRecord(mailbox, EMPTY_TOTALS)]
    return { local, mailbox, operations }
  }

  private async lastUidvalidity(account: AccountId): Promise<number> {
    const item = await this.engine.table.get(accountKey(account))
    if (item === undefined) throw new MailError('no-such-mailbox', `there is no account ${account}`)
    return item['uidvalidity'] as number
  }

  /** UIDVALIDITY is a clock second that only grows within the account, whatever the clock does. */
  private uidvalidityOperation(account: AccountId, last: number, next: number): Operation {
    return { update: accountKey(account), set: { uidvalidity: next }, if: { equals: { uidvalidity: last } } }
  }

  private nowSeconds(): number {
    return Math.floor(this.engine.clock.now() / 1000)
  }

  /** Runs again what another session's change outran. */
  private async retried<T>(attempt: () => Promise<T>): Promise<T> {
    for (let left = ATTEMPTS; ; left -= 1) {
      try {
        return await attempt()
      } catch (error) {
        if (error instanceof DiskError) throw refusedByDisk(error)
        if (!(error instanceof ConflictError || error instanceof ThrottledError)) throw error
        if (left === 1) throw new MailError('try-again', 'the mailbox names stayed contended', { cause: error })
        await this.engine.clock.sleep(5 + this.engine.ids.fraction() * 20)
      }
    }
  }
}

function nameAttributes(mailbox: string, specialUse?: SpecialUse) {
  return { mailbox, subscribed: false, version: 0, ...(specialUse && { specialUse }) }
}

/** What holds as long as nobody takes the name; a name that only a subscription keeps is free. Throws MailError 'mailbox-exists'. */
function vacantCondition(standing: Item | undefined, path: MailboxPath): Condition {
  if (standing === undefined) return { absent: true }
  if (isThere(standing)) throw new MailError('mailbox-exists', formatMailboxPath(path))
  // It changes its version when it becomes somebody's parent: what hangs on it must not be cut off.
  return { equals: { version: standing['version'] as number }, unset: ['mailbox'] }
}
