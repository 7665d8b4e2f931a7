import type { BlobSource } from './blobs.ts'

/**
 * Where octets wait while they come in: in memory up to a bound, beyond that in a file of the task's own volume. Nothing here
 * outlives the process.
 */
export interface Spool {
  create(options: { memoryOctets: number }): SpoolWriter
}

export interface SpoolWriter {
  /**
   * Resolves when there is room for more: the caller waits, so that a fast client costs no memory. `given`: nobody will change the octets any more,
   * so that they need not be copied. Throws `NoRoomError` where the volume is full; only `discard` is of use then.
   */
  write(chunk: Uint8Array, options?: { given?: boolean }): Promise<void>
  /** No more comes. The source can be opened any number of times until `discard`. */
  finish(): Promise<BlobSource>
  /** Frees what it holds; allowed at any time and more than once. */
  discard(): Promise<void>
}
