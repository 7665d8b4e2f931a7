import { formatOk } from '../../codec/pop3/response.ts'
import { noSuchMessage } from './no-such-message.ts'
import type { Transaction } from './session.ts'

/** LIST (RFC 1939 §5): the octets of one message or of all, as RETR sends them before stuffing (§11). */
export async function list(session: Transaction, message: number | undefined): Promise<string> {
  const { maildrop } = session
  if (message !== undefined) {
    if (!maildrop.has(message)) return noSuchMessage()
    return formatOk(`${message} ${maildrop.octetsOf(message)}`)
  }
  session.begin(`${maildrop.left.count} messages (${maildrop.left.octets} octets)`)
  for (const number of maildrop.numbers()) await session.sendLine(`${number} ${maildrop.octetsOf(number)}`)
  return '.\r\n'
}
