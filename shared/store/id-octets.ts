/** Ids as the octets they are kept in: 16 of a UUID, 8 of a thread. */
import type { ContentId, ThreadId } from '../mailbox/ids.ts'

export const CONTENT_ID_OCTETS = 16
export const THREAD_ID_OCTETS = 8

export function contentIdOctets(content: ContentId): Uint8Array {
  return Buffer.from(content.replaceAll('-', ''), 'hex')
}

export function contentIdFromOctets(octets: Uint8Array): ContentId {
  const hex = Buffer.from(octets.buffer, octets.byteOffset, CONTENT_ID_OCTETS).toString('hex')
  const text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  return text as ContentId
}

export function threadIdOctets(thread: ThreadId): Uint8Array {
  return Buffer.from(thread, 'hex')
}

export function threadIdFromOctets(octets: Uint8Array): ThreadId {
  return Buffer.from(octets.buffer, octets.byteOffset, THREAD_ID_OCTETS).toString('hex') as ThreadId
}
