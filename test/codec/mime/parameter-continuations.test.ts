import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinContinuations } from '../../../shared/codec/mime/parameter-continuations.ts'
import type { MimeParameter } from '../../../shared/codec/mime/structure-types.ts'

/** `a=1; b=2` on both sides; values hold no "; ". */
const ROWS: [given: string, joined: string][] = [
  ['', ''],
  ['charset=utf-8; name=a', 'charset=utf-8; name=a'],
  ['name*0=a; name*1=b.png', 'name=ab.png'],
  ['name*1=b; name*0=a', 'name=ab'],
  ['x=1; name*0=a; y=2; name*1=b; z=3', 'x=1; name=ab; y=2; z=3'],
  ['name*0=a', 'name=a'],
  ["filename*0*=utf-8''%c3; filename*1*=%a4", "filename*=utf-8''%c3%a4"],
  [
    "title*0*=us-ascii'en'This%20is; title*1*=%20%2A; title*2= isn't (it)!",
    "title*=us-ascii'en'This%20is%20%2A%20isn%27t%20%28it%29!",
  ],
  ["name*0*=utf-8''a; name*1=\xfc", "name*=utf-8''a%FC"],
  ["filename=x; filename*0*=utf-8''a; filename*1*=b", "filename=x; filename*=utf-8''ab"],
  ['name*0=a; name*1=b; filename*0=c; filename*1=d', 'name=ab; filename=cd'],
  ["name*=utf-8''%c3%a4", "name*=utf-8''%c3%a4"],
  // What does not fit together
  ['name*1=b', 'name*1=b'],
  ['name*0=a; name*2=c', 'name=a; name*2=c'],
  ['name*0=a; name*0=x; name*1=b', 'name=ab; name*0=x'],
  ["name*0=a; name*1*=utf-8''%c3", "name*0=a; name*1*=utf-8''%c3"],
  ['name=whole; name*0=a; name*1=b', 'name=whole; name*0=a; name*1=b'],
  ['name*00=a; name*01=b; *0=c; name**=d', 'name*00=a; name*01=b; *0=c; name**=d'],
]

const parametersOf = (text: string): MimeParameter[] =>
  text === ''
    ? []
    : text.split('; ').map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)])

for (const [given, joined] of ROWS) {
  test(`RFC 2231 §3: ${given}`, () => assert.deepEqual(joinContinuations(parametersOf(given)), parametersOf(joined)))
}

test('many names in pieces take no longer than as many whole ones', () => {
  const many = Array.from({ length: 50_000 }, (_, index): MimeParameter => [`n${index}*0`, 'x'])
  const began = performance.now()
  assert.equal(joinContinuations(many).length, many.length)
  assert.ok(performance.now() - began < 2000)
})
