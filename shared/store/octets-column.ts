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
export interface OctetsColumn {
  octetsAt(index: number): Uint8Array
}

/** The same as binary strings. */
export interface TextColumn {
  /** A piece of the one string that all of them are, so that taking it copies nothing. */
  textAt(index: number): string
}

export function octetsColumn(encoded: Uint8Array): OctetsColumn {
  const { bounds, octets } = decoded(encoded)
  return { octetsAt: (index) => octets.subarray(bounds[index], bounds[index + 1]) }
}

export function textColumn(encoded: Uint8Array): TextColumn {
  const { bounds, octets } = decoded(encoded)
  const text = octets.toString('latin1')
  return { textAt: (index) => text.slice(bounds[index], bounds[index + 1]) }
}

/** `bounds`: where each begins, and the last ends. */
function decoded(encoded: Uint8Array): { bounds: Uint32Array; octets: Buffer } {
  const octets = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  const count = octets.readUInt32LE()
  const bounds = new Uint32Array(count + 1)
  for (let index = 1; index <= count; index += 1) bounds[index] = octets.readUInt32LE(WORD * index)
  return { bounds, octets: octets.subarray(WORD * (count + 1)) }
}
