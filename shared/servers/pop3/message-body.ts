import { encodeMultiLine, endMultiLine, MULTI_LINE_START } from '../../codec/pop3/multi-line.ts'
import { WIRE_ENCODING } from '../connection.ts'
import type { Session } from './session.ts'

/**
 * Sends octets of a message as they come, each chunk when the client has taken the one before. Returns what ends the response. An error
 * of `chunks` breaks the connection: a client must not take a part for the whole.
 */
export async function sendMessage(session: Session, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let state = MULTI_LINE_START
  let last: Uint8Array | undefined
  for await (const chunk of chunks) {
    if (last !== undefined) await session.send(last)
    const encoded = encodeMultiLine(state, chunk)
    state = encoded.state
    last = encoded.octets
  }
  // The last goes together with the end: most messages are one write.
  if (last !== undefined)
    session.add(Buffer.from(last.buffer, last.byteOffset, last.byteLength).toString(WIRE_ENCODING))
  return endMultiLine(state)
}
