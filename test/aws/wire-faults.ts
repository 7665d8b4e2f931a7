/** Faults of the wire as they come at random: requests lost, answers lost, cut, repeated, late, throttled, failed. */
import { type Fault, jsonError, s3Error, type WireRequest } from './wire-proxy.ts'

const FAULTS: readonly ((wire: WireRequest) => Fault)[] = [
  () => ({ kind: 'drop-request' }),
  () => ({ kind: 'drop-answer' }),
  () => ({ kind: 'duplicate' }),
  () => ({ kind: 'delay', ms: 20 }),
  () => ({ kind: 'cut-answer', octets: 10 }),
  ({ operation }) => (operation.startsWith('S3') ? s3Error('SlowDown', 503) : jsonError('ThrottlingException')),
  ({ operation }) =>
    operation.startsWith('S3') ? s3Error('InternalError', 500) : jsonError('InternalServerError', {}, 500),
  ({ operation, json }) =>
    operation === 'DynamoDB.TransactWriteItems'
      ? jsonError('TransactionCanceledException', {
          CancellationReasons: (json!['TransactItems'] as unknown[]).map(() => ({ Code: 'TransactionConflict' })),
        })
      : { kind: 'delay', ms: 5 },
]

export interface RandomFaults {
  next: (wire: WireRequest) => Fault | undefined
  /** So far. */
  readonly count: number
}

/** Of a hundred requests `percent` meet a fault. */
export function randomFaults(seed: number, percent = 20): RandomFaults {
  const random = numbers(seed)
  let count = 0
  return {
    next(wire) {
      if (random() * 100 >= percent) return undefined
      count += 1
      return FAULTS[Math.floor(random() * FAULTS.length)]!(wire)
    },
    get count() {
      return count
    },
  }
}

/** Numbers that look random and are the same in each run: a failure can be looked at again (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
