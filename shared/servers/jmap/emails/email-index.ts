import { DELETED, type Flags, SEEN } from '../../../mailbox/flags.ts'
import { type ContentId, isContentId, type MailboxId, type ThreadId } from '../../../mailbox/ids.ts'
import {
  CONTENT_ID_OCTETS,
  contentIdFromOctets,
  contentIdOctets,
  THREAD_ID_OCTETS,
  threadIdFromOctets,
  threadIdOctets,
} from '../../../store/id-octets.ts'
import type { Replica } from '../../../store/replica.ts'
import { OctetIndex } from './octet-index.ts'

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

/** A number for each Email, as long as the index lives. */
export type EmailNumber = number

const THREAD_ID = /^[0-9a-f]{16}$/
const FIRST_CAPACITY = 64
const NONE = -1

/**
 * The Emails of an account: its mailboxes' messages, gathered by content (DESIGN §3), in columns of about 90 octets an Email. A message that is
 * \Deleted is none (RFC 8621 §4.1.1).
 */
export class EmailIndex {
  private readonly contents = new OctetIndex(CONTENT_ID_OCTETS)
  /** Of each thread one Email is found, the others by `next`. */
  private readonly threads = new OctetIndex(THREAD_ID_OCTETS)
  private next = new Int32Array(FIRST_CAPACITY)
  private received = new Float64Array(FIRST_CAPACITY)
  private sizes = new Uint32Array(FIRST_CAPACITY)
  private uids = new Uint32Array(FIRST_CAPACITY)
  /** Index into `folders` + 1; 0: the Email is gone. */
  private places = new Uint32Array(FIRST_CAPACITY)
  private readonly folders: Folder[] = []
  private readonly folderIndex = new Map<Folder, number>()
  /** All copies of those that have several. */
  private readonly several = new Map<EmailNumber, readonly Copy[]>()
  private given = 0
  private standing = 0
  /** Newest first; as of the last call of `byDate`. */
  private ordered: EmailNumber[] = []
  private added: EmailNumber[] = []
  private removed = 0

  get count(): number {
    return this.standing
  }

  /** Numbers that were given out and are of no Email any more: an index with many of them is better made anew. */
  get wasted(): number {
    return this.given - this.standing
  }

  /** A message of the folder; one that is there already, or is not to be seen, is passed over. Whether it made an Email. */
  add(folder: Folder, row: number, table = folder.replica.messages): boolean {
    if (table.isDeleted(row)) return false
    const uid = table.uidAt(row)
    const content = table.contentOctetsAt(row)
    const known = this.contents.find(content)
    if (known !== NONE) {
      const copies = this.copiesOf(known)
      if (copies.some((copy) => copy.folder === folder && copy.uid === uid)) return false
      this.several.set(known, [...copies, { folder, uid }])
      return false
    }
    const number = this.given
    this.given += 1
    this.standing += 1
    if (number === this.places.length) this.grow()
    this.contents.setKey(number, content)
    this.contents.put(number)
    const thread = table.threadOctetsAt(row)
    this.threads.setKey(number, thread)
    this.next[number] = this.threads.find(thread)
    this.threads.put(number)
    this.received[number] = table.dateAt(row)
    this.sizes[number] = table.sizeAt(row)
    this.place(number, { folder, uid })
    this.added.push(number)
    return true
  }

  /** The message is gone, or out of sight. */
  remove(folder: Folder, uid: number, content: ContentId): void {
    const number = this.numberOf(content)
    if (number === undefined) return
    const left = this.copiesOf(number).filter((copy) => copy.folder !== folder || copy.uid !== uid)
    if (left.length > 1) this.several.set(number, left)
    else this.several.delete(number)
    if (left[0] === undefined) this.forget(number)
    else this.place(number, left[0])
  }

  /** Number of the Email; undefined where there is none. */
  numberOf(content: string): EmailNumber | undefined {
    if (!isContentId(content)) return undefined
    const number = this.contents.find(contentIdOctets(content))
    return number === NONE ? undefined : number
  }

  /** Whether the number is still an Email's. */
  has(number: EmailNumber): boolean {
    return this.places[number]! > 0
  }

  contentOf(number: EmailNumber): ContentId {
    return contentIdFromOctets(this.contents.keyAt(this.standingAt(number)))
  }

  threadOf(number: EmailNumber): ThreadId {
    return threadIdFromOctets(this.threads.keyAt(this.standingAt(number)))
  }

  /** One of the numbers of the Email's Thread: the same for all of them, until the Thread changes. */
  threadKeyOf(number: EmailNumber): EmailNumber {
    return this.threads.find(this.threads.keyAt(this.standingAt(number)))
  }

  receivedAt(number: EmailNumber): number {
    return this.received[this.standingAt(number)]!
  }

  sizeOf(number: EmailNumber): number {
    return this.sizes[this.standingAt(number)]!
  }

  copiesOf(number: EmailNumber): readonly Copy[] {
    return this.several.get(number) ?? [{ folder: this.folderOf(number), uid: this.uids[number]! }]
  }

  isIn(number: EmailNumber, folderId: string): boolean {
    const copies = this.several.size === 0 ? undefined : this.several.get(number)
    if (copies === undefined) return this.folderOf(number).id === folderId
    return copies.some(({ folder }) => folder.id === folderId)
  }

  /** The one mailbox that the Email is in by one copy; undefined where there are several copies. */
  onlyFolderOf(number: EmailNumber): Folder | undefined {
    return this.several.has(number) ? undefined : this.folderOf(number)
  }

  /** `\Seen` where every copy has it, all else where any has (DESIGN §3). */
  flagsOf(number: EmailNumber): Flags {
    const copies = this.copiesOf(number)
    if (copies.length === 1) return flagsOfCopy(copies[0]!)
    const keywords = new Map<string, string>()
    for (const copy of copies) {
      for (const own of flagsOfCopy(copy).keywords) keywords.set(own.toLowerCase(), own)
    }
    return { system: this.systemFlagsOf(number), keywords: [...keywords.values()] }
  }

  /** Of `flagsOf` the system flags, without making anything. */
  systemFlagsOf(number: EmailNumber): number {
    const copies = this.several.size === 0 ? undefined : this.several.get(number)
    if (copies === undefined) return systemFlagsIn(this.folderOf(number), this.uids[number]!)
    let all = ~0
    let any = 0
    for (const { folder, uid } of copies) {
      const system = systemFlagsIn(folder, uid)
      all &= system
      any |= system
    }
    return (any & ~SEEN) | (all & SEEN)
  }

  /** Emails of the thread by the time they were received, the oldest first (RFC 8621 §3); empty where there is no such thread. */
  emailsOf(thread: string): EmailNumber[] {
    return this.threadNumbers(thread).sort((a, b) => -this.compareByDate(a, b))
  }

  /** The same in no order. */
  threadNumbers(thread: string): EmailNumber[] {
    const head = THREAD_ID.test(thread) ? this.threads.find(threadIdOctets(thread as ThreadId)) : NONE
    return this.chain(head)
  }

  /** The Emails of each Thread. */
  *threadGroups(): Generator<readonly EmailNumber[]> {
    for (const head of this.threads.rows()) yield this.chain(head)
  }

  hasThread(thread: string): boolean {
    return THREAD_ID.test(thread) && this.threads.find(threadIdOctets(thread as ThreadId)) !== NONE
  }

  /** Every Email, the newest first. Not to be changed, and not to be held over an `await`. */
  byDate(): readonly EmailNumber[] {
    if (this.removed > 0) this.ordered = this.ordered.filter((number) => this.has(number))
    this.removed = 0
    if (this.added.length > 0) {
      const added = this.added.filter((number) => this.has(number))
      added.sort((a, b) => this.compareByDate(a, b))
      this.ordered = this.merged(this.ordered, added)
      this.added = []
    }
    return this.ordered
  }

  /** Newest first; of one moment by their ids, which ascend with time too. */
  compareByDate(a: EmailNumber, b: EmailNumber): number {
    const [first, second] = [this.received[a]!, this.received[b]!]
    if (first !== second) return second - first
    return Buffer.compare(this.contents.keyAt(b), this.contents.keyAt(a))
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

  private chain(head: EmailNumber): EmailNumber[] {
    const numbers: EmailNumber[] = []
    for (let number = head; number !== NONE; number = this.next[number]!) numbers.push(number)
    return numbers
  }

  private forget(number: EmailNumber): void {
    this.contents.delete(number)
    this.unchain(number)
    this.places[number] = 0
    this.standing -= 1
    this.removed += 1
  }

  private unchain(number: EmailNumber): void {
    const head = this.threadKeyOf(number)
    const after = this.next[number]!
    if (head !== number) {
      let before = head
      while (this.next[before] !== number) before = this.next[before]!
      this.next[before] = after
    } else if (after === NONE) this.threads.delete(number)
    else this.threads.put(after)
  }

  private place(number: EmailNumber, { folder, uid }: Copy): void {
    let index = this.folderIndex.get(folder)
    if (index === undefined) {
      index = this.folders.push(folder)
      this.folderIndex.set(folder, index)
    }
    this.places[number] = index
    this.uids[number] = uid
  }

  private folderOf(number: EmailNumber): Folder {
    return this.folders[this.places[this.standingAt(number)]! - 1]!
  }

  private standingAt(number: EmailNumber): EmailNumber {
    if (!this.has(number)) throw new RangeError(`there is no Email ${number}`)
    return number
  }

  private grow(): void {
    const capacity = this.places.length * 2
    const copy = <T extends { set(from: T): void }>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.next = copy(new Int32Array(capacity), this.next)
    this.received = copy(new Float64Array(capacity), this.received)
    this.sizes = copy(new Uint32Array(capacity), this.sizes)
    this.uids = copy(new Uint32Array(capacity), this.uids)
    this.places = copy(new Uint32Array(capacity), this.places)
  }
}

function systemFlagsIn({ replica: { messages } }: Folder, uid: number): number {
  const row = messages.rowOf(uid)
  return row === undefined ? 0 : messages.systemFlagsAt(row) & ~DELETED
}

function flagsOfCopy({ folder, uid }: Copy): Flags {
  const { messages } = folder.replica
  const row = messages.rowOf(uid)
  if (row === undefined) return { system: 0, keywords: [] }
  const { system, keywords } = messages.flagsAt(row)
  return { system: system & ~DELETED, keywords }
}
