import { cutTop, startTop, type TopState } from '../../codec/pop3/top-cut.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { Contents } from '../../store/contents.ts'
import { sendMessage } from './message-body.ts'
import { noSuchMessage } from './no-such-message.ts'
import type { Transaction } from './session.ts'

/** Headers are rarely longer, so that most answers are one read. */
const FIRST_RANGE_OCTETS = 16 * 1024
/** Each range is twice the one before: never more than about twice what is sent is read, and a whole message takes few reads. */
const LARGEST_RANGE_OCTETS = 4 * 1024 * 1024

/** TOP (RFC 1939 §7): the header and the first lines of the body, without reading what comes after them. */
export async function top(
  session: Transaction,
  { message, lines }: { message: number; lines: number },
): Promise<string> {
  const { maildrop } = session
  if (!maildrop.has(message)) return noSuchMessage()
  const ranges = readGrowing(maildrop.store.contents, maildrop.contentOf(message), maildrop.octetsOf(message))
  // The first octets are awaited before a word is said: until then an error can be told.
  const first = await ranges.next()
  session.begin('top of message follows')
  return sendMessage(session, cut(first, ranges, lines))
}

async function* readGrowing(contents: Contents, content: ContentId, octets: number): AsyncGenerator<Uint8Array> {
  let length = FIRST_RANGE_OCTETS
  for (let start = 0; start < octets; ) {
    const end = Math.min(start + length, octets)
    yield* contents.read(content, { start, end })
    start = end
    length = Math.min(length * 2, LARGEST_RANGE_OCTETS)
  }
}

async function* cut(
  first: IteratorResult<Uint8Array>,
  more: AsyncGenerator<Uint8Array>,
  lines: number,
): AsyncGenerator<Uint8Array> {
  let state: TopState | undefined = startTop(lines)
  try {
    for (let next = first; next.done !== true && state !== undefined; next = await more.next()) {
      const part: { octets: number; state?: TopState } = cutTop(state, next.value)
      yield next.value.subarray(0, part.octets)
      state = part.state
      if (state === undefined) return
    }
  } finally {
    await more.return(undefined)
  }
}
