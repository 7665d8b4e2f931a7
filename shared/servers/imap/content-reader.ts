import type { ContentId } from '../../mailbox/ids.ts'
import type { Contents } from '../../store/contents.ts'

/** Read beyond what the first slice of a part asks for, in case the next follows. */
const FIRST_AHEAD_OCTETS = 64 * 1024
/** A client that goes on slicing gets ever more read ahead, up to this; so 10 MB cost less than ten reads at any slice size (FACTS §2). */
const MOST_AHEAD_OCTETS = 2 * 1024 * 1024
const GROWTH = 4

interface Slicing {
  content: ContentId
  /** Where the next slice begins if the client goes on. */
  next: number
  aheadOctets: number
  /** What was read ahead, from `start` on. */
  start: number
  octets: Uint8Array
}

/** Octets of messages by range, for one session: it remembers what it read ahead of a client that reads in slices. */
export class ContentReader {
  readonly #contents: Contents
  #slicing: Slicing | undefined

  constructor(contents: Contents) {
    this.#contents = contents
  }

  /**
   * From `start` to before `end`. The object is opened once this resolves, so that what is announced can be sent.
   * Throws MailError 'no-such-message'.
   */
  open(content: ContentId, start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    return this.#open(content, start, end, false)
  }

  /** The same; a chunk is there until the next one is asked for. */
  openFleeting(content: ContentId, start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    return this.#open(content, start, end, true)
  }

  async #open(content: ContentId, start: number, end: number, fleeting: boolean): Promise<AsyncIterable<Uint8Array>> {
    if (end <= start) return nothing()
    const blob = await this.#contents.open(content, { start, end }, { fleeting })
    return blob.content
  }

  /** The same for a slice of a part that ends at `partEnd`: what is read ahead stays within the part. */
  async openSlice(content: ContentId, start: number, end: number, partEnd: number): Promise<AsyncIterable<Uint8Array>> {
    if (end <= start) return nothing()
    const before = this.#slicing?.content === content ? this.#slicing : undefined
    const held = before === undefined ? new Uint8Array() : overlap(before, start, end)
    const from = start + held.length
    const goesOn = before !== undefined && before.next === start
    if (from === end) {
      this.#slicing = end === partEnd ? undefined : { ...before!, next: end }
      return pieces([held])
    }
    const aheadOctets = goesOn ? Math.min(MOST_AHEAD_OCTETS, before.aheadOctets * GROWTH) : FIRST_AHEAD_OCTETS
    const readEnd = Math.min(partEnd, goesOn ? Math.max(end, from + aheadOctets) : end + aheadOctets)
    if (end - from > MOST_AHEAD_OCTETS) {
      this.#slicing = { content, next: end, aheadOctets, start: end, octets: new Uint8Array() }
      return joined(held, await this.openFleeting(content, from, end))
    }
    const octets = await this.#read(content, from, readEnd)
    // At the end of the part there is nothing more to go on to, and nothing to keep in memory.
    this.#slicing = end === partEnd ? undefined : { content, next: end, aheadOctets, start: from, octets }
    return pieces([held, octets.subarray(0, end - from)])
  }

  async #read(content: ContentId, start: number, end: number): Promise<Uint8Array> {
    const octets = new Uint8Array(end - start)
    let length = 0
    for await (const chunk of await this.openFleeting(content, start, end)) {
      octets.set(chunk, length)
      length += chunk.length
    }
    return octets.subarray(0, length)
  }
}

/** What was read ahead of the range, if that begins where the range does or before. */
function overlap({ start, octets }: Slicing, from: number, end: number): Uint8Array {
  if (from < start || from >= start + octets.length) return new Uint8Array()
  return octets.subarray(from - start, end - start)
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* pieces(all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of all) if (piece.length > 0) yield piece
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first
  yield* rest
}
