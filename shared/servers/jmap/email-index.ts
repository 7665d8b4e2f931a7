import { DELETED, type Flags, SEEN } from '../../mailbox/flags.ts'
import type { ContentId, MailboxId, ThreadId } from '../../mailbox/ids.ts'
import type { Replica } from '../../store/replica.ts'

/** One mailbox that can hold messages, with its messages in memory. */
export interface Folder {
  /** As JMAP knows it: without its account. */
  id: string
  mailbox: MailboxId
  replica: Replica
  /** As of which the index has its messages. */
  modseq: number
}

/** A copy of an Email, in one mailbox. */
export interface Copy {
  folder: Folder
  uid: number
}

/** A number for each Email, as long as the index lives: dense, and in no order. */
export type EmailNumber = number

interface Entry {
  content: ContentId
  thread: ThreadId
  receivedAt: number
  sizeOctets: number
  /** One at least, but for an Email that is gone. */
  copies: readonly Copy[]
}

/**
 * The Emails of an account: its mailboxes' messages, gathered by content (DESIGN §3). A message that is \Deleted is none
 * (RFC 8621 §4.1.1).
 */
export class EmailIndex {
  private readonly entries: (Entry | undefined)[] = []
  private readonly numbers = new Map<ContentId, EmailNumber>()
  private readonly threads = new Map<ThreadId, EmailNumber[]>()
  /** Newest first; as of the last call of `byDate`. */
  private ordered: EmailNumber[] = []
  private added: EmailNumber[] = []
  private removed = 0

  get count(): number {
    return this.numbers.size
  }

  /** Numbers that were given out and are of no Email any more: an index with many of them is better made anew. */
  get wasted(): number {
    return this.entries.length - this.numbers.size
  }

  /** A message of the folder; one that is there already, or is not to be seen, is passed over. Whether it made an Email. */
  add(folder: Folder, row: number): boolean {
    const table = folder.replica.messages
    if (table.isDeleted(row)) return false
    const uid = table.uidAt(row)
    const content = table.contentAt(row)
    const known = this.numbers.get(content)
    const entry = known === undefined ? undefined : this.entries[known]
    if (entry !== undefined) {
      if (!entry.copies.some((copy) => copy.folder === folder && copy.uid === uid)) {
        entry.copies = [...entry.copies, { folder, uid }]
      }
      return false
    }
    const number = this.entries.length
    const thread = table.threadAt(row)
    this.entries.push({
      content,
      thread,
      receivedAt: table.dateAt(row),
      sizeOctets: table.sizeAt(row),
      copies: [{ folder, uid }],
    })
    this.numbers.set(content, number)
    const others = this.threads.get(thread)
    if (others === undefined) this.threads.set(thread, [number])
    else others.push(number)
    this.added.push(number)
    return true
  }

  /** The message is gone, or out of sight. */
  remove(folder: Folder, uid: number, content: ContentId): void {
    const number = this.numbers.get(content)
    const entry = number === undefined ? undefined : this.entries[number]
    if (number === undefined || entry === undefined) return
    entry.copies = entry.copies.filter((copy) => copy.folder !== folder || copy.uid !== uid)
    if (entry.copies.length === 0) this.forget(number, entry)
  }

  /** Number of the Email; undefined where there is none. */
  numberOf(content: string): EmailNumber | undefined {
    return this.numbers.get(content as ContentId)
  }

  /** Whether the number is still an Email's. */
  has(number: EmailNumber): boolean {
    return this.entries[number] !== undefined
  }

  contentOf(number: EmailNumber): ContentId {
    return this.entry(number).content
  }

  threadOf(number: EmailNumber): ThreadId {
    return this.entry(number).thread
  }

  receivedAt(number: EmailNumber): number {
    return this.entry(number).receivedAt
  }

  sizeOf(number: EmailNumber): number {
    return this.entry(number).sizeOctets
  }

  copiesOf(number: EmailNumber): readonly Copy[] {
    return this.entry(number).copies
  }

  isIn(number: EmailNumber, folderId: string): boolean {
    return this.entry(number).copies.some(({ folder }) => folder.id === folderId)
  }

  /** `\Seen` where every copy has it, all else where any has (DESIGN §3). */
  flagsOf(number: EmailNumber): Flags {
    const { copies } = this.entry(number)
    if (copies.length === 1) return flagsOfCopy(copies[0]!)
    let all = ~0
    let any = 0
    const keywords = new Map<string, string>()
    for (const copy of copies) {
      const { system, keywords: own } = flagsOfCopy(copy)
      all &= system
      any |= system
      for (const keyword of own) keywords.set(keyword.toLowerCase(), keyword)
    }
    return { system: (any & ~SEEN) | (all & SEEN), keywords: [...keywords.values()] }
  }

  /** Of `flagsOf` the system flags, without making anything. */
  systemFlagsOf(number: EmailNumber): number {
    const { copies } = this.entry(number)
    let all = ~0
    let any = 0
    for (const { folder, uid } of copies) {
      const table = folder.replica.messages
      const row = table.rowOf(uid)
      const system = row === undefined ? 0 : table.systemFlagsAt(row)
      all &= system
      any |= system
    }
    return (any & ~SEEN) | (all & SEEN)
  }

  /** Emails of the thread by the time they were received, the oldest first (RFC 8621 §3); empty where there is no such thread. */
  emailsOf(thread: string): EmailNumber[] {
    const numbers = this.threads.get(thread as ThreadId) ?? []
    return [...numbers].sort((a, b) => -this.compareByDate(a, b))
  }

  /** The same in no order, and not to be changed. */
  threadNumbers(thread: string): readonly EmailNumber[] {
    return this.threads.get(thread as ThreadId) ?? []
  }

  /** The Emails of each Thread. */
  threadGroups(): Iterable<readonly EmailNumber[]> {
    return this.threads.values()
  }

  hasThread(thread: string): boolean {
    return this.threads.has(thread as ThreadId)
  }

  /** Every Email, the newest first. Not to be changed, and not to be held over an `await`. */
  byDate(): readonly EmailNumber[] {
    if (this.removed > 0) this.ordered = this.ordered.filter((number) => this.entries[number] !== undefined)
    this.removed = 0
    if (this.added.length > 0) {
      const added = this.added.filter((number) => this.entries[number] !== undefined)
      added.sort((a, b) => this.compareByDate(a, b))
      this.ordered = this.merged(this.ordered, added)
      this.added = []
    }
    return this.ordered
  }

  /** Newest first; of one moment by their ids, which ascend with time too. */
  compareByDate(a: EmailNumber, b: EmailNumber): number {
    const [first, second] = [this.entry(a), this.entry(b)]
    if (first.receivedAt !== second.receivedAt) return second.receivedAt - first.receivedAt
    return first.content < second.content ? 1 : first.content > second.content ? -1 : 0
  }

  private merged(left: readonly EmailNumber[], right: readonly EmailNumber[]): EmailNumber[] {
    const merged: EmailNumber[] = []
    let at = 0
    for (const number of right) {
      while (at < left.length && this.compareByDate(left[at]!, number) < 0) merged.push(left[at++]!)
      merged.push(number)
    }
    while (at < left.length) merged.push(left[at++]!)
    return merged
  }

  private forget(number: EmailNumber, { content, thread }: Entry): void {
    this.entries[number] = undefined
    this.numbers.delete(content)
    this.removed += 1
    const others = this.threads.get(thread)!.filter((other) => other !== number)
    if (others.length === 0) this.threads.delete(thread)
    else this.threads.set(thread, others)
  }

  private entry(number: EmailNumber): Entry {
    const entry = this.entries[number]
    if (entry === undefined) throw new RangeError(`there is no Email ${number}`)
    return entry
  }
}

function flagsOfCopy({ folder, uid }: Copy): Flags {
  const table = folder.replica.messages
  const row = table.rowOf(uid)
  if (row === undefined) return { system: 0, keywords: [] }
  const { system, keywords } = table.flagsAt(row)
  return { system: system & ~DELETED, keywords }
}
