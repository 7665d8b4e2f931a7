import { sendMessage } from './message-body.ts'
import { needsUtf8 } from './needs-utf8.ts'
import { noSuchMessage } from './no-such-message.ts'
import { openMessage } from './open-message.ts'
import type { Transaction } from './session.ts'

/** RETR (RFC 1939 §5): the message, octet for octet. */
export async function retr(session: Transaction, message: number): Promise<string> {
  const { maildrop } = session
  if (!maildrop.has(message)) return noSuchMessage()
  const content = await openMessage(session, message)
  if (content === undefined) return needsUtf8()
  session.begin(`${maildrop.octetsOf(message)} octets`)
  const end = await sendMessage(session, content)
  maildrop.retrieved(message)
  return end
}
