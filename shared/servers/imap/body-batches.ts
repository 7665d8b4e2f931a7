import type { ContentId } from '../../mailbox/ids.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'

/** Of a batch, of which two are in memory: one is read while the one before is sent. */
const BATCH_MESSAGES = 50
const BATCH_OCTETS = 256 * 1024
/** A message that is larger is sent as it is read. */
const SMALL_OCTETS = 64 * 1024

/** By number, which is the same message as long as the command runs (RFC 9051 §7.5.1). */
type Batch = ReadonlyMap<number, Uint8Array | undefined>

/** Whole messages, small ones several to a read, for a FETCH of many: each by itself would wait for its store. */
export class BodyBatches {
  readonly #session: Selected
  readonly #numbers: readonly number[]
  /** Of the numbers, those before it are read or being read. */
  #next = 0
  #current: Batch = new Map()
  #coming: Promise<Batch> | undefined

  /** `numbers`: the messages that will be asked for, in this order. */
  constructor(session: Selected, numbers: readonly number[]) {
    this.#session = session
    this.#numbers = numbers
  }

  isSmall({ table, row }: Place): boolean {
    return table.sizeAt(row) <= SMALL_OCTETS
  }

  /** Of a small message, if they were read already. */
  atHand({ number }: Place): Uint8Array | undefined {
    return this.#current.get(number)
  }

  /** Of a small message; undefined where its content is gone. */
  async octetsOf({ number, table, row }: Place): Promise<Uint8Array | undefined> {
    while (!this.#current.has(number)) {
      const coming = this.#coming ?? this.#read()
      if (coming === undefined) return (await this.#session.store.contents.readMany([table.contentAt(row)]))[0]
      this.#coming = undefined
      this.#current = await coming
      this.#coming = this.#read()
      this.#coming?.catch(() => undefined) // met when its turn comes
    }
    return this.#current.get(number)
  }

  #read(): Promise<Batch> | undefined {
    const { view, store } = this.#session
    const numbers: number[] = []
    const contents: ContentId[] = []
    let octets = 0
    while (this.#next < this.#numbers.length && contents.length < BATCH_MESSAGES && octets < BATCH_OCTETS) {
      const place = view.at(this.#numbers[this.#next]!)
      this.#next += 1
      if (!this.isSmall(place)) continue
      numbers.push(place.number)
      contents.push(place.table.contentAt(place.row))
      octets += place.table.sizeAt(place.row)
    }
    if (contents.length === 0) return undefined
    return store.contents.readMany(contents).then((all) => new Map(numbers.map((number, at) => [number, all[at]])))
  }
}
