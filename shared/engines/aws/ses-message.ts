/** A message as SES gets it: whole, in one buffer, without header fields that would steer SES. */
import { BlobMismatchError, type BlobSource } from '../../ports/blobs.ts'

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const TAB = 0x09
/** Field names SES takes orders from: configuration set, tags, identities of others. Only the house gives those. */
const STEERING = Buffer.from('x-ses-')

/** SES takes no stream: who calls this bounds how many are in memory at a time. */
export async function readMessage(source: BlobSource): Promise<Uint8Array> {
  const octets = Buffer.allocUnsafe(source.length)
  let length = 0
  for await (const chunk of source.open()) {
    if (length + chunk.length > source.length) throw new BlobMismatchError(`more than ${source.length} octets`)
    octets.set(chunk, length)
    length += chunk.length
  }
  if (length !== source.length) throw new BlobMismatchError(`${length} octets instead of ${source.length}`)
  return octets
}

/** Leaves out every field whose name begins with X-SES-, with its folded lines (RFC 5322 §2.2.3). Moves octets within the buffer. */
export function withoutSteeringFields(octets: Uint8Array): Uint8Array {
  let kept = 0
  let dropping = false
  let at = 0
  while (at < octets.length) {
    const end = lineEnd(octets, at)
    if (isEmptyLine(octets, at, end)) break
    if (octets[at] !== SPACE && octets[at] !== TAB) dropping = isSteering(octets, at)
    if (!dropping) {
      octets.copyWithin(kept, at, end)
      kept += end - at
    }
    at = end
  }
  if (kept === at) return octets
  octets.copyWithin(kept, at)
  return octets.subarray(0, kept + octets.length - at)
}

function lineEnd(octets: Uint8Array, from: number): number {
  const end = octets.indexOf(LF, from)
  return end < 0 ? octets.length : end + 1
}

function isEmptyLine(octets: Uint8Array, at: number, end: number): boolean {
  return octets[at] === LF || (octets[at] === CR && octets[at + 1] === LF && end === at + 2)
}

function isSteering(octets: Uint8Array, at: number): boolean {
  for (let index = 0; index < STEERING.length; index++) {
    const octet = octets[at + index] ?? 0
    const lower = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet
    if (lower !== STEERING[index]) return false
  }
  return true
}
