import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseHeader, selectHeaderFields, unfoldedValue } from '../../../shared/codec/mime/header.ts'
import { areKept, KEPT_HEADER_FIELDS, keptHeaderFields } from '../../../shared/codec/mime/header-fields.ts'
import { octets } from './chunks.ts'

const select = (block: string, names: string[], not?: boolean): string =>
  Buffer.from(selectHeaderFields(octets(block), names, not)).toString('latin1')

describe('header', () => {
  const PARSED: [block: string, fields: [name: string, value: string][]][] = [
    ['', []],
    ['\r\n', []],
    ['A: b\r\n\r\nC: d\r\n', [['A', 'b']]],
    [
      'A: b\nC:d',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
    [
      'A: b\r\n\tc\r\n  d\r\nE:\r\n\r\n',
      [
        ['A', 'b\tc  d'],
        ['E', ''],
      ],
    ],
    ['A:\r\n b\r\n', [['A', 'b']]],
    ['Subject : x\r\n', [['Subject', 'x']]],
    [
      'no colon\r\nA: b\r\n',
      [
        ['', 'no colon'],
        ['A', 'b'],
      ],
    ],
    [
      'From a@x Mon Jan 1 12:00:00\r\nA: b\r\n',
      [
        ['', 'From a@x Mon Jan 1 12:00:00'],
        ['A', 'b'],
      ],
    ],
    [': x\r\n', [['', ': x']]],
    [
      ' begins folded: x\r\nA: b\r\n',
      [
        ['', 'begins folded: x'],
        ['A', 'b'],
      ],
    ],
    ['A: b:c\r\n', [['A', 'b:c']]],
    ['A: b\rc\0d\r\n', [['A', 'b c d']]],
    ['A: \xa0\xc3\xa0 \r\n', [['A', '\xa0\xc3\xa0']]],
    ['\xc3\xa4: b\r\n', [['', '\xc3\xa4: b']]],
    ['A\r\n : b\r\n', [['', 'A : b']]],
  ]
  for (const [block, is] of PARSED) {
    test(`fields of ${JSON.stringify(block)}`, () => {
      const fields = parseHeader(octets(block))
      assert.deepEqual(
        fields.map((field) => [field.name, unfoldedValue(octets(block), field)]),
        is,
      )
      let end = 0
      for (const { offset, length, valueOffset, valueLength } of fields) {
        assert.equal(offset, end)
        end = offset + length
        assert.ok(valueOffset >= offset && valueOffset + valueLength <= end)
      }
    })
  }

  const BLOCK = 'From: a\r\nSubject: b\r\n c\r\nX-Y:z\r\nsubject: d\r\n\r\n'
  const SELECTED: [names: string[], not: boolean, is: string][] = [
    [['SUBJECT'], false, 'Subject: b\r\n c\r\nsubject: d\r\n\r\n'],
    [['x-y', 'from'], false, 'From: a\r\nX-Y:z\r\n\r\n'],
    [['none'], false, '\r\n'],
    [[], false, '\r\n'],
    [['Subject'], true, 'From: a\r\nX-Y:z\r\n\r\n'],
    [[], true, BLOCK],
  ]
  for (const [names, not, is] of SELECTED) {
    test(`HEADER.FIELDS${not ? '.NOT' : ''} (${names.join(' ')})`, () => assert.equal(select(BLOCK, names, not), is))
  }

  test('the empty line comes with every subset, and the last line is ended before it', () => {
    assert.equal(select('A: b\r\n', ['a']), 'A: b\r\n\r\n')
    assert.equal(select('A: b', ['a']), 'A: b\r\n\r\n')
    assert.equal(select('', ['a']), '\r\n')
    assert.equal(select('A: b\nC: d\n\n', ['a']), 'A: b\n\r\n')
    assert.equal(select('nonsense\r\nA: b\r\n\r\n', ['a'], true), 'nonsense\r\n\r\n')
  })

  test('a subset of what is kept is a subset of the header', () => {
    const block = octets('Subject: a\r\nX-Z: no\r\nFROM: b\r\n\tc\r\nReceived: 1\r\nReceived: 2\r\n\r\n')
    const { octets: kept, missing } = keptHeaderFields(block, 1000)
    assert.deepEqual(missing, [])
    for (const names of [['from', 'subject'], ['Received'], ['date'], [...KEPT_HEADER_FIELDS]]) {
      assert.equal(areKept(names, missing), true)
      assert.deepEqual(selectHeaderFields(kept, names), selectHeaderFields(block, names))
    }
    assert.equal(areKept(['x-z'], missing), false)
    const cut = keptHeaderFields(block, 30)
    assert.deepEqual(cut.missing, ['received'])
    assert.equal(areKept(['FROM'], cut.missing), true)
    assert.equal(areKept(['from', 'Received'], cut.missing), false)
  })

  test('no name is listed twice, all are in lower case', () => {
    assert.equal(new Set(KEPT_HEADER_FIELDS).size, KEPT_HEADER_FIELDS.length)
    assert.deepEqual(
      KEPT_HEADER_FIELDS.filter((name) => name !== name.toLowerCase()),
      [],
    )
  })
})
