import type { Reply } from '../../codec/smtp/reply.ts'
import { REPLIES } from './replies.ts'

/** Known and not offered (RFC 5321 §4.2.4: 502, where 500 is for what is unknown). */
export function obsolete(): Reply {
  return REPLIES.notImplemented
}
