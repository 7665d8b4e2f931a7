/** Many short runs of octets as one: `[count: u32][end of each: u32]…[octets]`, little-endian. */
const WORD = 4

export function encodeColumn(entries: readonly Uint8Array[]): Uint8Array {
  const places = Buffer.alloc(WORD * (entries.length + 1))
  places.writeUInt32LE(entries.length)
  let end = 0
  for (const [index, { length }] of entries.entries()) {
    end += length
    places.writeUInt32LE(end, WORD * (index + 1))
  }
  return Buffer.concat([places, ...entries])
}

/** Entries are counted from 0. */
export class OctetsColumn {
  readonly #octets: Buffer
  /** Where each begins, and the last ends. */
  readonly #bounds: Uint32Array
  #text: string | undefined

  constructor(encoded: Uint8Array) {
    const octets = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
    const count = octets.readUInt32LE()
    const bounds = new Uint32Array(count + 1)
    for (let index = 1; index <= count; index += 1) bounds[index] = octets.readUInt32LE(WORD * index)
    this.#bounds = bounds
    this.#octets = octets.subarray(WORD * (count + 1))
  }

  octetsAt(index: number): Uint8Array {
    return this.#octets.subarray(this.#bounds[index], this.#bounds[index + 1])
  }

  /** As a binary string: a piece of the one that all of them are, so that taking it copies nothing. */
  textAt(index: number): string {
    this.#text ??= this.#octets.toString('latin1')
    return this.#text.slice(this.#bounds[index], this.#bounds[index + 1])
  }
}
