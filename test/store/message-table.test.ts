import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeFlags, type Flags } from '../../shared/mailbox/flags.ts'
import type { ContentId, ThreadId } from '../../shared/mailbox/ids.ts'
import { MessageTable } from '../../shared/store/message-table.ts'

const MESSAGE = {
  content: '01a20836-f32a-75c0-91b0-53d87ae9251d' as ContentId,
  thread: '0123456789abcdef' as ThreadId,
  flags: { system: 0, keywords: [] },
  internalDate: 1_795_428_000_123,
  sizeOctets: 4_000_000_000,
  token: new Uint8Array(12).fill(7),
  furtherCopy: true,
}

test('100,000 sets of keywords one after the other are each read back, and are not kept', () => {
  const table = new MessageTable()
  for (const uid of [1, 2, 3]) table.append(uid, MESSAGE, 1)
  table.setFlags(0, { system: 1, keywords: ['stays'] }, 2)
  for (let round = 0; round < 100_000; round += 1) {
    table.setFlags(1, { system: 0, keywords: [`k${round}`] }, 3)
    if (round % 997 === 0) assert.deepEqual(table.flagsAt(1).keywords, [`k${round}`])
  }
  assert.deepEqual(table.flagsAt(0), { system: 1, keywords: ['stays'] })
  assert.deepEqual(table.flagsAt(2), { system: 0, keywords: [] })
  assert.ok(table.toColumns().keywordSets.length < 1100)
})

test('an expunge makes a new table; the old one goes on as it was', () => {
  const table = new MessageTable()
  for (let uid = 1; uid <= 100; uid += 1) table.append(uid * 2, { ...MESSAGE, sizeOctets: uid }, uid)
  const after = table.without((row) => row % 3 === 0)
  assert.equal(table.count, 100)
  assert.equal(after.count, 66)
  assert.equal(after.rowOf(2), undefined)
  assert.equal(after.sizeAt(after.rowOf(6)!), 3)
  assert.equal(after.modseqAt(after.rowOf(6)!), 3)
  assert.equal(after.contentAt(0), MESSAGE.content)
  assert.equal(after.threadAt(0), MESSAGE.thread)
  assert.equal(after.dateAt(0), MESSAGE.internalDate)
  assert.deepEqual(Buffer.from(after.tokenAt(0)), Buffer.from(MESSAGE.token))
  assert.ok(after.isFurtherCopy(0))
  after.append(1000, MESSAGE, 200)
  assert.equal(after.uidAt(66), 1000)
  assert.equal(table.count, 100)
  assert.equal(after.firstRowFrom(7), after.rowOf(10))
})

const OPERANDS: readonly Flags[] = [
  { system: 0, keywords: [] },
  { system: 1, keywords: [] },
  { system: 9, keywords: ['$Forwarded'] },
]

for (const change of ['set', 'add', 'remove'] as const) {
  test(`a table changes flags as \`changeFlags\` does: ${change}`, () => {
    for (const operand of OPERANDS) {
      const table = new MessageTable()
      for (let uid = 10; uid <= 50; uid += 10) table.append(uid, MESSAGE, 1)
      const before: Flags[] = [0, 1, 31, 8, 0].map((system, row) => ({
        system,
        keywords: row === 1 ? ['mine', '$forwarded'] : [],
      }))
      for (const [row, flags] of before.entries()) table.setFlags(row, flags, 2)
      table.changeFlags([5, 25, 40, 45], change, operand, 3)
      for (const [row, flags] of before.entries()) {
        const named = [0, 1, 3].includes(row)
        assert.deepEqual(table.flagsAt(row), named ? changeFlags(flags, change, operand) : flags)
        assert.equal(table.modseqAt(row), named ? 3 : 2)
        assert.ok(table.isFurtherCopy(row))
      }
    }
  })
}

test('UIDs are found whether they are neighbours or not', () => {
  const table = new MessageTable()
  for (const uid of [2, 3, 5, 8, 13]) table.append(uid, MESSAGE, 1)
  assert.deepEqual([...table.rowsOf([1, 2, 3, 4, 8, 13, 14])], [0, 1, 3, 4])
  assert.deepEqual([...table.rowsOf([])], [])
  assert.ok(table.hasAll([2, 5, 13]))
  assert.ok(!table.hasAll([2, 4]))
  assert.deepEqual([...new MessageTable().rowsOf([1])], [])
})
