import { cutTop, startTop, type TopState } from '../../codec/pop3/top-cut.ts'
import { sendMessage } from './message-body.ts'
import { needsUtf8 } from './needs-utf8.ts'
import { noSuchMessage } from './no-such-message.ts'
import { openMessage } from './open-message.ts'
import type { Transaction } from './session.ts'

/** Headers are rarely longer, so that most answers are one read. */
const FIRST_RANGE_OCTETS = 16 * 1024
/** Each range doubles what was read: never more than about twice what is sent, and few reads for a whole message. */
const LARGEST_RANGE_OCTETS = 4 * 1024 * 1024

/** TOP (RFC 1939 §7): the header and the first lines of the body, without reading what comes after them. */
export async function top(
  session: Transaction,
  { message, lines }: { message: number; lines: number },
): Promise<string> {
  if (!session.maildrop.has(message)) return noSuchMessage()
  const beginning = await openMessage(session, message, { start: 0, end: FIRST_RANGE_OCTETS })
  if (beginning === undefined) return needsUtf8()
  session.begin('top of message follows')
  return sendMessage(session, cut(lines, beginning, readOn(session, message)))
}

/** What comes behind the first range. */
async function* readOn({ maildrop }: Transaction, message: number): AsyncGenerator<Uint8Array> {
  const octets = maildrop.keptOctetsOf(message)
  for (let start = FIRST_RANGE_OCTETS; start < octets; ) {
    // As much again as was read so far.
    const end = Math.min(start + Math.min(start, LARGEST_RANGE_OCTETS), octets)
    yield* maildrop.store.contents.read(maildrop.contentOf(message), { start, end })
    start = end
  }
}

async function* cut(lines: number, ...parts: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  let state: TopState | undefined = startTop(lines)
  for (const part of parts) {
    for await (const chunk of part) {
      const cutChunk: { octets: number; state?: TopState } = cutTop(state, chunk)
      yield chunk.subarray(0, cutChunk.octets)
      state = cutChunk.state
      if (state === undefined) return
    }
  }
}
