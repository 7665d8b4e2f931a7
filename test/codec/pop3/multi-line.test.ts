import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeMultiLine, endMultiLine, MULTI_LINE_START } from '../../../shared/codec/pop3/multi-line.ts'

/** Message, and what a client reads behind the +OK line. */
const RESPONSES: readonly [message: string, sent: string][] = [
  ['', '.\r\n'],
  ['a\r\n', 'a\r\n.\r\n'],
  ['.\r\n', '..\r\n.\r\n'],
  ['..\r\n', '...\r\n.\r\n'],
  ['a\r\n.\r\nb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
  ['a.b\r\n.c\r\n', 'a.b\r\n..c\r\n.\r\n'],
  // No CR LF at the end: the terminator's own follows.
  ['a', 'a\r\n.\r\n'],
  ['a\r\n.', 'a\r\n..\r\n.\r\n'],
  ['a\r', 'a\r\r\n.\r\n'],
  ['a\n', 'a\n\r\n.\r\n'],
  ['\n', '\n\r\n.\r\n'],
  // Lines by LF alone: no client may take a dot for the end.
  ['a\n.\nb\n', 'a\n..\nb\n\r\n.\r\n'],
  ['a\n.\r\n', 'a\n..\r\n.\r\n'],
  ['a\r.\r\n', 'a\r.\r\n.\r\n'],
  ['\r\n\r\n.\r\n.\r\n', '\r\n\r\n..\r\n..\r\n.\r\n'],
]

function send(chunks: readonly string[]): string {
  let state = MULTI_LINE_START
  let sent = ''
  for (const chunk of chunks) {
    const encoded = encodeMultiLine(state, Buffer.from(chunk))
    sent += Buffer.from(encoded.octets).toString()
    state = encoded.state
  }
  return sent + endMultiLine(state)
}

test('stuffed and ended, at every split of the message', () => {
  for (const [message, sent] of RESPONSES) {
    assert.equal(send([message]), sent)
    assert.equal(send([...message]), sent)
    for (let first = 0; first <= message.length; first += 1) {
      for (let second = first; second <= message.length; second += 1) {
        const chunks = [message.slice(0, first), message.slice(first, second), message.slice(second)]
        assert.equal(send(chunks), sent, JSON.stringify(chunks))
      }
    }
  }
})

test('a chunk that needs no dot is not copied', () => {
  const chunk = Buffer.from('no line here begins with a dot.\r\n')
  assert.equal(encodeMultiLine(MULTI_LINE_START, chunk).octets, chunk)
})
