import { formatOk } from '../../codec/pop3/response.ts'
import { noSuchMessage } from './no-such-message.ts'
import type { Transaction } from './session.ts'

/** UIDL (RFC 1939 §7): what tells a message from all others for as long as it is there, in every session. */
export async function uidl(session: Transaction, message: number | undefined): Promise<string> {
  const { maildrop } = session
  if (message !== undefined) {
    if (!maildrop.has(message)) return noSuchMessage()
    return formatOk(`${message} ${maildrop.uniqueIdOf(message)}`)
  }
  session.begin(`${maildrop.left.count} messages`)
  for (const number of maildrop.numbers()) await session.sendLine(`${number} ${maildrop.uniqueIdOf(number)}`)
  return '.\r\n'
}
