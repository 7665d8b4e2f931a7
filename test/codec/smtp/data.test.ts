import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DataState, decodeData, type LineEndState, watchLineEnds } from '../../../shared/codec/smtp/data.ts'

/** `content` undefined: the end mark does not come. */
const ROWS: [input: string, content: string, rest: string | undefined, bare: boolean][] = [
  ['.\r\n', '', '', false],
  ['a\r\n.\r\nQUIT\r\n', 'a\r\n', 'QUIT\r\n', false],
  ['a\r\n\r\n.\r\n', 'a\r\n\r\n', '', false],
  ['..\r\n.\r\n', '.\r\n', '', false],
  ['...a\r\n..\r\n.b\r\n.\r\n', '..a\r\n.\r\nb\r\n', '', false],
  ['a.\r\n.\r\n', 'a.\r\n', '', false],
  ['\r\n.\r\n', '\r\n', '', false],
  // What other servers might take for the end, and we must not
  ['a\n.\nMAIL\r\n.\r\n', 'a\n.\nMAIL\r\n', '', true],
  ['a\n.\r\nMAIL\r\n.\r\n', 'a\n.\r\nMAIL\r\n', '', true],
  ['a\r.\rMAIL\r\n.\r\n', 'a\r.\rMAIL\r\n', '', true],
  ['a\r.\r\nMAIL\r\n.\r\n', 'a\r.\r\nMAIL\r\n', '', true],
  ['a\r\n.\rMAIL\r\n.\r\n', 'a\r\n\rMAIL\r\n', '', true],
  ['a\r\n.\nMAIL\r\n.\r\n', 'a\r\n\nMAIL\r\n', '', true],
  ['a\r\n.\r\r\nb\r\n.\r\n', 'a\r\n\r\r\nb\r\n', '', true],
  ['a\r\r\n.\r\n', 'a\r\r\n', '', true],
  ['a\r\n\n.\r\nb\r\n.\r\n', 'a\r\n\n.\r\nb\r\n', '', true],
  ['a\r\n.\0\r\nb\r\n.\r\n', 'a\r\n\0\r\nb\r\n', '', false],
  ['\n.\r\n\r\n.\r\n', '\n.\r\n\r\n', '', true],
  // No end
  ['a\r\n.', 'a\r\n', undefined, false],
  ['a\r\n.\r', 'a\r\n', undefined, false],
  ['a\r', 'a\r', undefined, false],
]

function decode(chunks: string[]) {
  let state: DataState = 'line-start'
  let content = ''
  let bare = false
  for (const [index, chunk] of chunks.entries()) {
    const decoded = decodeData(state, Buffer.from(chunk, 'latin1'))
    content += Buffer.concat(decoded.content).toString('latin1')
    bare ||= decoded.bareLineEnd
    state = decoded.state
    if (decoded.rest !== undefined) {
      const rest = Buffer.from(decoded.rest).toString('latin1') + chunks.slice(index + 1).join('')
      return { content, rest, bare }
    }
  }
  return { content, rest: undefined, bare }
}

for (const [input, content, rest, bare] of ROWS) {
  test(`DATA ${JSON.stringify(input)}, at every split`, () => {
    for (let first = 0; first <= input.length; first++) {
      for (let second = first; second <= input.length; second++) {
        const found = decode([input.slice(0, first), input.slice(first, second), input.slice(second)])
        assert.deepEqual(found, { content, rest, bare })
      }
    }
    assert.deepEqual(decode([...input]), { content, rest, bare })
  })
}

test('what any client stuffs comes out as it was', () => {
  const alphabet = ['.', '\r\n', 'a', '..', '\r\n.\r\n']
  for (let seed = 0; seed < 5 ** 5; seed++) {
    let message = ''
    for (let rest = seed; rest > 0; rest = Math.floor(rest / 5)) message += alphabet[rest % 5]
    message += '\r\n'
    const stuffed = `${message.replace(/(^|\r\n)\./g, '$1..')}.\r\n`
    const found = decode([stuffed])
    assert.equal(found.content, message)
    assert.equal(found.rest, '')
    assert.equal(found.bare, false)
  }
})

test('bare line ends in counted octets, at every split', () => {
  const rows: [input: string, state: LineEndState][] = [
    ['', 'text'],
    ['a', 'text'],
    ['\r\n', 'text'],
    ['a\r\nb\r\n\r\n', 'text'],
    ['a\r', 'cr'],
    ['\r\n\r', 'cr'],
    ['\n', 'bare'],
    ['a\nb', 'bare'],
    ['\r\n\n', 'bare'],
    ['\r\r\n', 'bare'],
    ['a\rb', 'bare'],
    ['a\r\nb\rc\r\n', 'bare'],
    ['a\nb\r\n', 'bare'],
  ]
  for (const [input, state] of rows) {
    for (let first = 0; first <= input.length; first++) {
      for (let second = first; second <= input.length; second++) {
        const chunks = [input.slice(0, first), input.slice(first, second), input.slice(second)]
        const found = chunks.reduce<LineEndState>((last, chunk) => watchLineEnds(last, Buffer.from(chunk)), 'text')
        assert.equal(found, state, JSON.stringify(chunks))
      }
    }
  }
})
