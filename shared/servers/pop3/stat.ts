import { formatOk } from '../../codec/pop3/response.ts'
import type { Transaction } from './session.ts'

/** STAT (RFC 1939 §5): the drop listing, without messages marked as deleted. */
export function stat({ maildrop: { left } }: Transaction): string {
  return formatOk(`${left.count} ${left.octets}`)
}
