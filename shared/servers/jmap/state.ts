import { createHash } from 'node:crypto'
import { MethodError } from './method.ts'

/** The newest MODSEQ of every mailbox, by the mailbox's id without its account (DESIGN §3). */
export type StateVector = ReadonlyMap<string, number>

const FORMAT = 1
const TAG_OCTETS = 6
const MOST_STATE_CHARACTERS = 200_000

/**
 * Changes are told in portions, in the order of ids: an intermediate state says that ids up to `told` are known as of `target`, and the others as of
 * `since`. A whole state is only `since`.
 */
export interface Progress {
  since: string
  target?: string
  told?: string
}

/**
 * A vector as a state string: for each mailbox 6 octets that stand for its id, and its MODSEQ in as few octets as it takes. The same
 * vector gives the same string.
 */
export function packVector(vector: StateVector): string {
  const entries = [...vector].map(([id, modseq]) => ({ tag: tagOf(id), modseq }))
  entries.sort((a, b) => Buffer.compare(a.tag, b.tag))
  const pieces = entries.flatMap(({ tag, modseq }) => [tag, numberOctets(modseq)])
  return Buffer.concat([Buffer.of(FORMAT), ...pieces]).toString('base64url')
}

/** MODSEQs by the octets (as a binary string) that stand for the mailbox. Throws MethodError 'cannotCalculateChanges'. */
export function unpackVector(state: string): Map<string, number> {
  const octets = Buffer.from(state.length > MOST_STATE_CHARACTERS ? '' : state, 'base64url')
  if (octets[0] !== FORMAT || octets.toString('base64url') !== state) throw unknownState()
  const vector = new Map<string, number>()
  let at = 1
  while (at < octets.length) {
    const tag = octets.toString('latin1', at, at + TAG_OCTETS)
    at += TAG_OCTETS
    let modseq = 0
    let factor = 1
    for (;;) {
      const octet = octets[at]
      if (octet === undefined) throw unknownState()
      at += 1
      modseq += (octet & 0x7f) * factor
      if (octet < 0x80) break
      factor *= 0x80
    }
    if (!Number.isSafeInteger(modseq) || vector.has(tag)) throw unknownState()
    vector.set(tag, modseq)
  }
  return vector
}

/** What stands for a mailbox in `unpackVector`'s answer. */
export function vectorTag(id: string): string {
  return tagOf(id).toString('latin1')
}

export function formatProgress({ since, target, told }: Progress): string {
  return target === undefined ? since : [since, target, told].join('.')
}

/** Throws MethodError 'cannotCalculateChanges'. */
export function parseProgress(state: string): Progress {
  const [since = '', target, told, ...more] = state.split('.')
  if (more.length > 0 || (target !== undefined && told === undefined)) throw unknownState()
  return target === undefined ? { since } : { since, target, told: told! }
}

export function unknownState(): MethodError {
  return new MethodError('cannotCalculateChanges', 'The state is not known, or too old.')
}

function tagOf(id: string): Buffer {
  return createHash('sha256').update(id).digest().subarray(0, TAG_OCTETS)
}

function numberOctets(value: number): Buffer {
  const octets: number[] = []
  let left = value
  while (left >= 0x80) {
    octets.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  octets.push(left)
  return Buffer.from(octets)
}
