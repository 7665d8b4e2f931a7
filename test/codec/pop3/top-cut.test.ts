import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutTop, startTop, type TopState } from '../../../shared/codec/pop3/top-cut.ts'

const CUTS: readonly [message: string, lines: number, top: string][] = [
  ['A: 1\r\nB: 2\r\n\r\none\r\ntwo\r\n', 0, 'A: 1\r\nB: 2\r\n\r\n'],
  ['A: 1\r\n\r\none\r\ntwo\r\nthree\r\n', 2, 'A: 1\r\n\r\none\r\ntwo\r\n'],
  ['A: 1\r\n\r\none\r\ntwo\r\n', 2, 'A: 1\r\n\r\none\r\ntwo\r\n'],
  ['A: 1\r\n\r\none\r\n', 9, 'A: 1\r\n\r\none\r\n'],
  ['A: 1\r\n\r\none', 1, 'A: 1\r\n\r\none'],
  ['A: 1\r\n', 5, 'A: 1\r\n'], // no body
  ['\r\none\r\ntwo\r\n', 1, '\r\none\r\n'], // no header
  ['A: 1\r\n\r\n\r\n\r\nx\r\n', 2, 'A: 1\r\n\r\n\r\n\r\n'], // empty lines of the body count
  ['A: 1\r\n \r\nB: 2\r\n\r\nx\r\n', 0, 'A: 1\r\n \r\nB: 2\r\n\r\n'], // a line of white space ends no header
  ['A: 1\r\n\r\r\nB: 2\r\n\r\nx\r\n', 0, 'A: 1\r\n\r\r\nB: 2\r\n\r\n'],
  ['A: 1\n\none\ntwo\n', 1, 'A: 1\n\none\n'],
  ['A: 1\n\r\none\ntwo\n', 1, 'A: 1\n\r\none\n'],
  ['', 3, ''],
]

function top(chunks: readonly string[], lines: number): string {
  let state: TopState | undefined = startTop(lines)
  let sent = ''
  for (const chunk of chunks) {
    if (state === undefined) break
    const cut = cutTop(state, Buffer.from(chunk))
    sent += chunk.slice(0, cut.octets)
    state = cut.state
  }
  return sent
}

test('the header and so many lines, at every split of the message', () => {
  for (const [message, lines, expected] of CUTS) {
    assert.equal(top([message], lines), expected)
    assert.equal(top([...message], lines), expected)
    for (let at = 0; at <= message.length; at += 1) {
      assert.equal(top([message.slice(0, at), message.slice(at)], lines), expected)
    }
  }
})
