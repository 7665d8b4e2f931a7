import { formatOk } from '../../codec/pop3/response.ts'
import { noSuchMessage } from './no-such-message.ts'
import type { Transaction } from './session.ts'

/** DELE (RFC 1939 §5): a mark; the message goes at QUIT. */
export function dele({ maildrop }: Transaction, message: number): string {
  if (!maildrop.has(message)) return noSuchMessage()
  maildrop.delete(message)
  return formatOk(`message ${message} is marked`)
}
