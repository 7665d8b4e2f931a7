import { createHash } from 'node:crypto'
import type { ContentId } from '../../mailbox/ids.ts'

const TIME_LIMIT = 2 ** 48

/**
 * A UUIDv7 (RFC 9562 §5.7) whose random bits are a digest of `name`: what comes again under that name and time gets the same id. Who can choose
 * the name must not choose the time too.
 */
export function repeatableContentId(name: string, ms: number): ContentId {
  if (!Number.isSafeInteger(ms) || ms < 0 || ms >= TIME_LIMIT) throw new RangeError(`no time of an id: ${ms}`)
  const octets = createHash('sha256').update(name).digest().subarray(0, 16)
  octets.writeUIntBE(ms, 0, 6)
  octets[6] = 0x70 | (octets[6]! & 0x0f)
  octets[8] = 0x80 | (octets[8]! & 0x3f)
  const hex = octets.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as ContentId
}
