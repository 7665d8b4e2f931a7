import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderFilter } from '../../../shared/codec/mime/header-filter.ts'

const NAMES = new Set(['x-drop', 'x-keep'])

/** Each row: what comes, what goes on, octets of the header. `X-Drop` fields go unless their value has "stay". */
const ROWS: readonly [name: string, input: string, output: string, headerOctets: number][] = [
  ['nothing to drop', 'From: a\r\nTo: b\r\n\r\nX-Drop: 1\r\n', 'From: a\r\nTo: b\r\n\r\nX-Drop: 1\r\n', 18],
  ['a field between others', 'A: 1\r\nX-Drop: 1\r\nB: 2\r\n\r\nbody', 'A: 1\r\nB: 2\r\n\r\nbody', 25],
  ['a folded field, all of it', 'x-DROP: 1\r\n\t2\r\n 3\r\nB: 2\r\n\r\n', 'B: 2\r\n\r\n', 27],
  ['asked by its value', 'X-Drop: 1\r\n stay\r\nX-Drop: no\r\n\r\n', 'X-Drop: 1\r\n stay\r\n\r\n', 32],
  ['space before the colon', 'X-Drop \t: 1\r\nA: 1\r\n\r\n', 'A: 1\r\n\r\n', 21],
  ['another name that begins alike', 'X-Dropped: 1\r\nX-Dro: 1\r\n\r\n', 'X-Dropped: 1\r\nX-Dro: 1\r\n\r\n', 26],
  ['a name that is kept', 'X-Keep: 1\r\n\r\n', 'X-Keep: 1\r\n\r\n', 13],
  ['no header', '\r\nX-Drop: 1\r\n', '\r\nX-Drop: 1\r\n', 2],
  ['no body', 'A: 1\r\nX-Drop: 1\r\n', 'A: 1\r\n', 17],
  ['no end of line', 'A: 1\r\nX-Drop: 1', 'A: 1\r\n', 15],
  ['a name without an end', 'A: 1\r\nX-Dr', 'A: 1\r\nX-Dr', 10],
  ['lines that are no fields', 'no field\r\nX-Drop\r\nX-Drop: 1\r\n\r\n', 'no field\r\nX-Drop\r\n\r\n', 31],
  ['a fold at the very beginning', ' x\r\nX-Drop: 1\r\n\r\n', ' x\r\n\r\n', 17],
  ['bare LF as in what others stored', 'A: 1\nX-Drop: 1\n\nbody', 'A: 1\n\nbody', 16],
  ['a bare CR', '\rX\r\nX-Drop: 1\r\n\r\n', '\rX\r\n\r\n', 17],
]

function run(chunks: readonly Buffer[]): { output: string; filter: HeaderFilter } {
  const filter = new HeaderFilter(NAMES, (name, field) => name === 'x-keep' || field.includes('stay'))
  const pieces = chunks.flatMap((chunk) => {
    const own = Buffer.from(chunk)
    const passed = filter.write(own).map((piece) => Buffer.from(piece))
    own.fill(0) // what is held back must not be the caller's
    return passed
  })
  return { output: Buffer.concat([...pieces, ...filter.end()]).toString('latin1'), filter }
}

for (const [name, input, output, headerOctets] of ROWS) {
  test(`${name}, at every split`, () => {
    const octets = Buffer.from(input, 'latin1')
    const splits = Array.from({ length: octets.length + 1 }, (_, at) => [octets.subarray(0, at), octets.subarray(at)])
    for (const chunks of [...splits, [...octets].map((octet) => Buffer.of(octet))]) {
      const { output: got, filter } = run(chunks.filter(({ length }) => length > 0))
      assert.equal(got, output)
      assert.equal(filter.removedOctets, input.length - output.length)
      assert.equal(filter.headerOctets, headerOctets)
    }
  })
}

test('fields and lines of any length go by in bounded memory', () => {
  const long = Buffer.alloc(1024 * 1024, 'x')
  const { output, filter } = run([Buffer.from('X-Keep: '), long, long, Buffer.from('\r\nX-Drop: '), long, long])
  assert.equal(output.length, 'X-Keep: \r\n'.length + 2 * long.length)
  assert.equal(filter.removedOctets, 'X-Drop: '.length + 2 * long.length)
})
