import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unflowText } from '../../../shared/codec/mime/flowed-text.ts'
import { cpuMs } from '../../cpu-time.ts'

const CASES: readonly [name: string, text: string, expected: string, delSp?: true][] = [
  ['paragraphs', 'one \r\ntwo \r\nthree\r\n\r\nfour', 'one two three\n\nfour'],
  ['fixed lines stay', 'one\r\ntwo\r\n', 'one\ntwo\n'],
  ['a space that was added goes', '言葉 \r\n言葉', '言葉言葉', true],
  ['stuffing', ' From here\r\n >no quote', 'From here\n>no quote'],
  ['quotes flow by themselves', '> a \r\n> b\r\n>> c \r\nd', '> a b\n>> c \nd'],
  ['a change of depth ends a paragraph', '> a \r\nb', '> a \nb'],
  ['the signature never flows', 'a \r\n-- \r\nme', 'a \n-- \nme'],
  ['a last line that flows', 'a ', 'a '],
  ['nothing', '', ''],
]

for (const [name, text, expected, delSp] of CASES) {
  test(`flowed text (RFC 3676): ${name}`, () => assert.equal(unflowText(text, delSp === true), expected))
}

test('flowed text: time is linear', () => {
  const startedMs = cpuMs()
  unflowText('x \r\n'.repeat(300_000), false)
  unflowText('x \r\n'.repeat(300_000), true)
  unflowText('>'.repeat(1_000_000), false)
  assert.ok(cpuMs() - startedMs < 3000)
})
