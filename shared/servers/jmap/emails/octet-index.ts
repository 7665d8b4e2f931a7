import { randomBytes } from 'node:crypto'

/** Of this process: who makes up ids does not know where they will lie. */
const SEEDS = new Uint32Array(new Uint8Array(randomBytes(16)).buffer)
const [FIRST_SEED, FIRST_FACTOR, SECOND_SEED, SECOND_FACTOR] = [SEEDS[0]!, SEEDS[1]! | 1, SEEDS[2]!, SEEDS[3]! | 1]
const FIRST_ROWS = 64
const [EMPTY, TAKEN_AWAY] = [0, -1]

/** Keys of a fixed number of octets, one to a row, and a hash of some of the rows by them: a few octets a row, where a Map of strings has hundreds. */
export class OctetIndex {
  private readonly width: number
  private keys: Uint8Array
  /** Row + 1. */
  private slots = new Int32Array(2 * FIRST_ROWS)
  /** Slots that are not empty. */
  private used = 0

  /** `width` ≥ 8. */
  constructor(width: number) {
    this.width = width
    this.keys = new Uint8Array(FIRST_ROWS * width)
  }

  keyAt(row: number): Uint8Array {
    return this.keys.subarray(row * this.width, (row + 1) * this.width)
  }

  setKey(row: number, key: Uint8Array): void {
    if ((row + 1) * this.width > this.keys.length) {
      const keys = new Uint8Array(this.keys.length * 2)
      keys.set(this.keys)
      this.keys = keys
    }
    this.keys.set(key, row * this.width)
  }

  /** The row that was put under the key, or -1. */
  find(key: Uint8Array): number {
    const slot = this.slotOf(key)
    return slot < 0 ? -1 : this.slots[slot]! - 1
  }

  /** From here on `find` answers this row for its key. */
  put(row: number): void {
    const key = this.keyAt(row)
    const standing = this.slotOf(key)
    if (standing >= 0) {
      this.slots[standing] = row + 1
      return
    }
    if ((this.used + 1) * 2 > this.slots.length) this.grow()
    this.place(row)
  }

  /** `find` answers nothing for the row's key. */
  delete(row: number): void {
    const slot = this.slotOf(this.keyAt(row))
    if (slot >= 0) this.slots[slot] = TAKEN_AWAY
  }

  /** Every row that `find` may answer. */
  *rows(): Generator<number> {
    for (const slot of this.slots) if (slot > 0) yield slot - 1
  }

  private slotOf(key: Uint8Array): number {
    const mask = this.slots.length - 1
    for (let slot = hashOf(key) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot]!
      if (row === EMPTY) return -1
      if (row > 0 && this.isKey(row - 1, key)) return slot
    }
  }

  private isKey(row: number, key: Uint8Array): boolean {
    const from = row * this.width
    for (let at = 0; at < this.width; at += 1) if (this.keys[from + at] !== key[at]) return false
    return true
  }

  private place(row: number): void {
    const mask = this.slots.length - 1
    let slot = hashOf(this.keyAt(row)) & mask
    while (this.slots[slot] !== EMPTY) slot = (slot + 1) & mask
    this.slots[slot] = row + 1
    this.used += 1
  }

  private grow(): void {
    const rows = [...this.rows()]
    this.slots = new Int32Array(Math.max(this.slots.length, 4 * 2 ** Math.ceil(Math.log2(rows.length + 1))))
    this.used = 0
    for (const row of rows) this.place(row)
  }
}

/** The octets at the end are those that ids differ in. */
function hashOf(key: Uint8Array): number {
  const end = key.length
  const first = key[end - 1]! | (key[end - 2]! << 8) | (key[end - 3]! << 16) | (key[end - 4]! << 24)
  const second = key[end - 5]! | (key[end - 6]! << 8) | (key[end - 7]! << 16) | (key[end - 8]! << 24)
  const mixed = Math.imul(first ^ FIRST_SEED, FIRST_FACTOR) ^ Math.imul(second ^ SECOND_SEED, SECOND_FACTOR)
  return (mixed ^ (mixed >>> 15)) >>> 1
}
