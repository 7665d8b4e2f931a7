/**
 * Which rows may have changed, told by the writer thread to all threads of the process through shared memory: a row is of one of many buckets,
 * and a bucket's version is odd while a commit that changes one of its rows is under way. A row that was read under an even version is still
 * what it was as long as the version is.
 */
import type { Key } from '../../ports/table.ts'

const BUCKETS = 65_536
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

export function sharedVersions(): SharedArrayBuffer {
  return new SharedArrayBuffer(BUCKETS * Int32Array.BYTES_PER_ELEMENT)
}

export class RowVersions {
  readonly #versions: Int32Array

  constructor(shared: SharedArrayBuffer) {
    this.#versions = new Int32Array(shared)
  }

  bucketOf({ pk, sk }: Key): number {
    return hash(sk, hash(pk, FNV_OFFSET)) & (BUCKETS - 1)
  }

  /** To be asked before the row is read, if what is read is to be kept; undefined: it must not be. */
  stable(bucket: number): number | undefined {
    const version = Atomics.load(this.#versions, bucket)
    return (version & 1) === 0 ? version : undefined
  }

  /** For the writer thread: before the commit, and once more after it, however it ended. */
  turn(buckets: Iterable<number>): void {
    for (const bucket of buckets) Atomics.add(this.#versions, bucket, 1)
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string, from: number): number {
  let value = from
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), FNV_PRIME)
  return value
}
