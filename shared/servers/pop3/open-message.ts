import { isAscii } from 'node:buffer'
import { cutTop, startTop } from '../../codec/pop3/top-cut.ts'
import type { Range } from '../../ports/blobs.ts'
import type { Transaction } from './session.ts'

/** Such a message is one piece of memory. */
const SMALL_OCTETS = 64 * 1024

/**
 * Octets of a message, or of their beginning, none of them sent yet, each chunk until the next is asked for; the first are at hand, so that what goes wrong can still be told. Undefined where its header
 * is in UTF-8 and the client has not said UTF8: it must not be sent then (RFC 6856 §2.1). Only what came by SMTPUTF8 counts as such: octets
 * beyond ASCII in other headers are somebody's mistake that clients have always been sent, and the only copy may be lost with them.
 * Throws MailError 'no-such-message'.
 */
export async function openMessage(
  { maildrop, utf8 }: Transaction,
  message: number,
  range?: Range,
): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const { store } = maildrop
  const content = maildrop.contentOf(message)
  if (range === undefined && maildrop.keptOctetsOf(message) <= SMALL_OCTETS) {
    const octets = await store.contents.atHand(content)
    if (octets !== undefined && (utf8 || isAscii(octets))) return whole(octets)
  }
  const blob = await store.contents.open(content, range, { fleeting: true })
  const chunks = blob.content[Symbol.asyncIterator]()
  const first = await chunks.next()
  const chunk = first.done === true ? undefined : first.value
  const opened = startingWith(chunk, chunks)
  if (utf8 || chunk === undefined || !(await store.envelopes.of(blob)).smtputf8) return opened
  const header = chunk.subarray(0, cutTop(startTop(0), chunk).octets)
  if (header.every((octet) => octet < 0x80)) return opened
  await chunks.return?.()
  return undefined
}

async function* whole(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  if (octets.length > 0) yield octets
}

async function* startingWith(
  first: Uint8Array | undefined,
  more: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first === undefined) return
  try {
    yield first
    for (let next = await more.next(); next.done !== true; next = await more.next()) yield next.value
  } finally {
    await more.return?.()
  }
}
