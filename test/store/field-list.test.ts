import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectHeaderFields } from '../../shared/codec/mime/header.ts'
import { KEPT_HEADER_FIELDS } from '../../shared/codec/mime/header-fields.ts'
import { encodeFieldList, fieldsOf, WantedFields } from '../../shared/store/field-list.ts'

const BLOCK = Buffer.from(
  'Received: one\r\n\tfolded\r\nFrom: a@b.c\r\nreceived: two\r\nno field\r\nSUBJECT: s\xfc\r\nTo: last', // the last line has no end
  'latin1',
)

for (const names of [
  ['from'],
  ['FROM', 'Subject'],
  ['received'],
  ['to', 'received'],
  ['cc'],
  ['From', 'Received', 'Subject', 'To'],
]) {
  test(`${names.join(' ')}: the fields that a header itself would give`, () => {
    const list = Buffer.from(encodeFieldList(BLOCK, [])).toString('latin1')
    const fields = fieldsOf(list, new WantedFields(names).among(KEPT_HEADER_FIELDS)!)!
    const whole = Buffer.from(selectHeaderFields(BLOCK, names)).toString('latin1')
    assert.equal(whole.slice(0, fields.length), fields)
    assert.match(whole.slice(fields.length), /^(\r\n){1,2}$/)
  })
}

test('a field that did not fit, and one that is never kept, are not known', () => {
  const list = Buffer.from(encodeFieldList(BLOCK, ['references', 'cc'])).toString('latin1')
  const ask = (names: string[]) => {
    const numbers = new WantedFields(names).among(KEPT_HEADER_FIELDS)
    return numbers && fieldsOf(list, numbers)
  }
  assert.equal(ask(['References']), undefined)
  assert.equal(ask(['from', 'CC']), undefined)
  assert.equal(ask(['from', 'x-mine']), undefined)
  assert.equal(ask(['from']), 'From: a@b.c\r\n')
})

test('what is wanted follows the list of names it is asked among', () => {
  const wanted = new WantedFields(['to'])
  assert.equal(wanted.among(['from', 'to'])![1], 1)
  assert.equal(wanted.among(['to'])![0], 1)
  assert.equal(wanted.among(['from']), undefined)
})
