import type { ContentId } from '../mailbox/ids.ts'

export interface Ids {
  /** A UUIDv7 (RFC 9562 §5.7), ascending within a process even inside one millisecond. */
  content(): ContentId
  /** 96 random bits as 16 characters of base64url: letters, digits, `-` and `_`. */
  nonce(): string
  /** Octets nobody can guess. */
  random(octets: number): Uint8Array
  /** 0 ≤ x < 1, for jitter. */
  fraction(): number
}
