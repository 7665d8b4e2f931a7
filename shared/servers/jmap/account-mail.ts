import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, ContentId, MailboxId } from '../../mailbox/ids.ts'
import { LruMap } from '../../mailbox/lru-map.ts'
import type { MailboxName } from '../../store/mailbox-names.ts'
import type { HeldReplica } from '../../store/replicas.ts'
import type { TenantStore } from '../../store/store.ts'
import { Pacer } from '../imap/pacer.ts'
import { EmailIndex, type EmailNumber, type Folder } from './emails/email-index.ts'

/** How often the mailboxes are read again while they change under the reader's eyes. */
const PASSES = 4
const OPENED_AT_ONCE = 16
/** Each of as many numbers as it has results. */
const QUERIES = 16
const MOST_WASTED = 10_000
/** Messages of mailboxes just opened; of more the index is made while others have their turns. */
const TAKEN_IN_AT_ONCE = 1000
/** Mailboxes that were deleted are remembered, so that what was in them can be told to be gone: the last ones, up to so many messages in all. */
const REMOVED_FOLDERS = 20
const REMOVED_MESSAGES = 20_000

interface OpenFolder {
  folder: Folder
  held: HeldReplica
}

/** An account's mailboxes and Emails in memory: names, one replica a mailbox, and the Emails gathered of them. */
export class AccountMail {
  readonly tenant: TenantStore
  readonly account: AccountId
  private all: readonly MailboxName[] = []
  private readonly open = new Map<MailboxId, OpenFolder>()
  private index = new EmailIndex()
  /** Held still, as a replica that nobody holds forgets what has happened to its messages. */
  private removed: OpenFolder[] = []
  private refreshing: Promise<void> | undefined
  private stale = false
  private version = 0
  private added = 0
  private readonly listeners = new Set<() => void>()
  private readonly derived = new Map<string, unknown>()
  /** Results of queries, until anything changes. */
  readonly results = new LruMap<string, readonly EmailNumber[]>(QUERIES)

  constructor(tenant: TenantStore, account: AccountId) {
    this.tenant = tenant
    this.account = account
  }

  /** Every name there is, parents before children; not those that only a subscription keeps. */
  get names(): readonly MailboxName[] {
    return this.all
  }

  get emails(): EmailIndex {
    return this.index
  }

  get folders(): Folder[] {
    return [...this.open.values()].map(({ folder }) => folder)
  }

  /** Mailboxes that were deleted while they were in memory here, as they were last seen. */
  get removedFolders(): readonly Folder[] {
    return this.removed.map(({ folder }) => folder)
  }

  folder(id: string): Folder | undefined {
    return this.open.get(`${this.account}/${id}` as MailboxId)?.folder
  }

  /** Messages held in memory. */
  get size(): number {
    let size = 0
    for (const { folder } of this.open.values()) size += folder.replica.messages.count
    return size
  }

  /** Something that follows from what is in memory now, made once for each state. */
  derive<T>(key: string, make: () => T): T {
    if (!this.derived.has(key)) this.derived.set(key, make())
    return this.derived.get(key) as T
  }

  /** Counts the states that `derive` distinguishes. */
  get stateNumber(): number {
    return this.version
  }

  /** Grows when Emails are added, and at nothing else that happens to Emails: of this process alone. */
  get addedCount(): number {
    return this.added
  }

  /** Called after something has changed. Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Once it resolves every commit that was acknowledged before the call is in. */
  async refresh(): Promise<void> {
    await this.refreshing // it may have begun before what its caller wants to see
    this.refreshing ??= this.readAll().finally(() => {
      this.refreshing = undefined
    })
    await this.refreshing
  }

  /** Takes in what this process has committed to these folders, and replicas know already. */
  absorb(): void {
    if (this.absorbAll()) this.turn()
  }

  /** Lets go of the replicas. Whoever still works with it goes on, and sees no changes of others. */
  close(): void {
    for (const { held } of [...this.open.values(), ...this.removed]) held.release()
  }

  private async readAll(): Promise<void> {
    // A message that moves while mailboxes are read one after the other is in neither, or in both: read until all stands still.
    for (let pass = 0; pass < PASSES; pass += 1) if (!(await this.readOnce())) return
  }

  private async readOnce(): Promise<boolean> {
    const names = (await this.tenant.mailboxes.list(this.account)).filter(({ exists }) => exists)
    const wanted = new Set(names.flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox])))
    const fresh = [...wanted].filter((mailbox) => !this.open.has(mailbox))
    const standing = [...this.open.values()]
    await inGroups(standing, ({ folder }) => refreshOrEnd(folder))
    const opened = await inGroups(fresh, (mailbox) => this.openFolder(mailbox))
    let changed = opened.some((one) => one !== undefined) || !sameNames(this.all, names)
    this.all = names
    for (const [mailbox, one] of this.open) {
      if (wanted.has(mailbox) && !one.folder.replica.isGone) continue
      this.open.delete(mailbox)
      this.remember(one)
      this.stale = true
      changed = true
    }
    const found = opened.filter((one) => one !== undefined)
    const messages = found.reduce((sum, { folder }) => sum + folder.replica.messages.count, 0)
    const wasteful = this.index.wasted > Math.max(MOST_WASTED, this.index.count)
    if (this.stale || wasteful || messages > TAKEN_IN_AT_ONCE) await this.build(found)
    else for (const one of found) this.open.set(one.folder.mailbox, one)
    changed = this.absorbAll() || changed
    if (changed) this.turn()
    return changed
  }

  private async openFolder(mailbox: MailboxId): Promise<OpenFolder | undefined> {
    try {
      const held = await this.tenant.replicas.hold(mailbox, { watched: false })
      const id = mailbox.slice(this.account.length + 1)
      return { folder: { id, mailbox, replica: held.replica, modseq: -1 }, held }
    } catch (error) {
      if (error instanceof MailError && error.kind === 'no-such-mailbox') return undefined // deleted meanwhile
      throw error
    }
  }

  /** Whether there was anything new. What came is taken in before what went, so that a message that moved stays the same Email. */
  private absorbAll(): boolean {
    const removals: (() => void)[] = []
    let changed = false
    for (const { folder } of this.open.values()) {
      const outcome = this.absorbFolder(folder, removals)
      if (outcome === 'outrun') {
        this.rebuild() // it went on by more than its replica remembers
        return true
      }
      changed ||= outcome
    }
    for (const remove of removals) remove()
    return changed
  }

  private absorbFolder(folder: Folder, removals: (() => void)[]): boolean | 'outrun' {
    const { replica } = folder
    if (folder.modseq === replica.modseq) return false
    const { messages } = replica
    if (folder.modseq < 0) {
      for (let row = 0; row < messages.count; row += 1) this.index.add(folder, row)
    } else {
      const changes = replica.visibleChangesSince(folder.modseq)
      if (changes === undefined) return 'outrun'
      for (const { uid, content, visible } of changes.turns) {
        if (!visible) removals.push(() => this.removeUnlessThere(folder, uid, content))
      }
      const shown = changes.turns.flatMap(({ uid, visible }) => (visible ? [uid] : []))
      for (const uid of [...changes.appended, ...shown]) {
        const row = messages.rowOf(uid)
        if (row !== undefined && this.index.add(folder, row)) this.added += 1
      }
    }
    folder.modseq = replica.modseq
    return true
  }

  /** It may have come into view again since. */
  private removeUnlessThere(folder: Folder, uid: number, content: ContentId): void {
    const { messages } = folder.replica
    const row = messages.rowOf(uid)
    if (row === undefined || messages.isDeleted(row)) this.index.remove(folder, uid, content)
  }

  private remember(one: OpenFolder): void {
    let messages = 0
    const all = [one, ...this.removed]
    this.removed = all.filter(
      ({ folder }, at) => at < REMOVED_FOLDERS && (messages += folder.replica.messages.count) <= REMOVED_MESSAGES,
    )
    for (const { held } of all.filter((each) => !this.removed.includes(each))) held.release()
  }

  /** Everything anew, together with what was opened, while others have their turns and go on with what there was. */
  private async build(opened: readonly OpenFolder[]): Promise<void> {
    const index = new EmailIndex()
    const pacer = new Pacer()
    const known = new Map<Folder, number>()
    for (const folder of [...this.folders, ...opened.map((one) => one.folder)]) {
      const { messages, modseq } = folder.replica
      const { count } = messages
      known.set(folder, modseq)
      for (let row = 0; row < count; row += 1) {
        index.add(folder, row, messages)
        if (pacer.due) await pacer.rest()
      }
    }
    for (const one of opened) this.open.set(one.folder.mailbox, one)
    for (const [folder, modseq] of known) folder.modseq = modseq
    this.index = index
    this.stale = false
    this.added += 1 // there may be new ones among them
    this.turn()
  }

  /** The same at once, which is rare. */
  private rebuild(): void {
    this.index = new EmailIndex()
    this.stale = false
    this.added += 1 // there may be new ones among them
    for (const { folder } of this.open.values()) {
      folder.modseq = -1
      this.absorbFolder(folder, [])
    }
    this.turn()
  }

  private turn(): void {
    this.version += 1
    this.derived.clear()
    this.results.clear()
    for (const listener of this.listeners) listener()
  }
}

async function refreshOrEnd({ replica }: Folder): Promise<void> {
  try {
    await replica.refresh()
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'no-such-mailbox')) throw error
    replica.end()
  }
}

async function inGroups<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += OPENED_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(at, at + OPENED_AT_ONCE).map(work))))
  }
  return results
}

function sameNames(a: readonly MailboxName[], b: readonly MailboxName[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
