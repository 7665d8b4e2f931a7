import { createHash } from 'node:crypto'
import type { ContentId } from '../mailbox/ids.ts'

/**
 * The id of what is made of another content, always the same for the same words: who is cut off and makes it again makes the same object.
 * It keeps the other's time (RFC 9562 §5.7: 48 bits of milliseconds), so that it is swept up with its neighbours.
 */
export function derivedContentId(content: ContentId, ...words: readonly string[]): ContentId {
  const hex = createHash('sha256')
    .update([content, ...words].join('\n'))
    .digest('hex')
  return `${content.slice(0, 13)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}` as ContentId
}
