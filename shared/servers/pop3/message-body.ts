import { encodeMultiLine, endMultiLine, MULTI_LINE_START } from '../../codec/pop3/multi-line.ts'
import type { Session } from './session.ts'

/**
 * Sends octets of a message as they come, each chunk when the client has taken the one before. Returns what ends the response. An error
 * of `chunks` breaks the connection: a client must not take a part for the whole.
 */
export async function sendMessage(session: Session, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let state = MULTI_LINE_START
  for await (const chunk of chunks) {
    const encoded = encodeMultiLine(state, chunk)
    state = encoded.state
    await session.send(encoded.octets)
  }
  return endMultiLine(state)
}
