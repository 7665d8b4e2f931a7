import type { Reply } from '../../codec/smtp/reply.ts'
import { REPLIES } from './replies.ts'

/** NOOP (RFC 5321 §4.1.1.9): whatever follows it is ignored. */
export function noop(): Reply {
  return REPLIES.ok
}
