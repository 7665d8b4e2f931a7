import { encodeMultiLine, endMultiLine, MULTI_LINE_START } from '../../codec/pop3/multi-line.ts'
import { WIRE_ENCODING } from '../connection.ts'
import type { Session } from './session.ts'

/** A chunk up to this size goes together with what comes after it: most messages are one write. */
const SMALL_OCTETS = 64 * 1024

/**
 * Sends octets of a message as they come, each chunk when the client has taken the one before; a chunk is looked at until the next is asked for. Returns
 * what ends the response. An error of `chunks` breaks the connection: a client must not take a part for the whole.
 */
export async function sendMessage(session: Session, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let state = MULTI_LINE_START
  let small: string | undefined
  for await (const chunk of chunks) {
    if (small !== undefined) await session.sendText(small)
    small = undefined
    const { octets, state: after } = encodeMultiLine(state, chunk)
    state = after
    if (octets.length > SMALL_OCTETS) await session.send(octets)
    else small = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString(WIRE_ENCODING)
  }
  return (small ?? '') + endMultiLine(state)
}
