import { formatOk } from '../../codec/pop3/response.ts'
import type { Transaction } from './session.ts'

/** RSET (RFC 1939 §5): no message is marked as deleted any more. */
export function rset({ maildrop }: Transaction): string {
  maildrop.reset()
  return formatOk(`${maildrop.left.count} messages (${maildrop.left.octets} octets)`)
}
