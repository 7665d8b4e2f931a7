import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { joinEmbeddedEngine, openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { RowCache } from '../../../shared/engines/embedded/row-cache.ts'
import { RowVersions, sharedVersions } from '../../../shared/engines/embedded/row-versions.ts'
import { folderFor } from './opened-folder.ts'

const KEY = { pk: 'a', sk: 'b' }

function cacheOf(row: () => Uint8Array | undefined) {
  const versions = new RowVersions(sharedVersions())
  let reads = 0
  const cache = new RowCache(versions, (keys) => {
    reads += keys.length
    return keys.map(row)
  })
  const read = (key = KEY) => cache.rows([key])[0]
  return { cache, read, turn: () => versions.turn([versions.bucketOf(KEY)]), reads: () => reads }
}

describe('rows that are kept', () => {
  it('are read once until a commit changes them, also where there is none', () => {
    let row: Uint8Array | undefined
    const { read, turn, reads } = cacheOf(() => row)
    assert.deepEqual([read(), read(), reads()], [undefined, undefined, 1])
    turn()
    row = Uint8Array.of(1)
    turn()
    assert.deepEqual([read(), read(), reads()], [row, row, 2])
  })

  it('are neither used nor kept while a commit is under way', () => {
    let row = Uint8Array.of(1)
    const { read, turn, reads } = cacheOf(() => row)
    read()
    turn()
    assert.deepEqual([read(), reads()], [row, 2])
    row = Uint8Array.of(2)
    assert.deepEqual([read(), reads()], [row, 3])
    turn()
    assert.deepEqual([read(), read(), reads()], [row, row, 4])
  })

  it('are of the version before the read, as a commit may come in between', () => {
    const versions = new RowVersions(sharedVersions())
    const other = { pk: 'a', sk: 'c' }
    const turn = () => versions.turn(new Set([KEY, other].map((key) => versions.bucketOf(key))))
    let count = 0
    const cache = new RowCache(versions, (keys) => {
      const moment = Uint8Array.of(count)
      if (count === 0) {
        turn()
        count = 1
        turn()
      }
      return keys.map(() => moment)
    })
    assert.deepEqual(cache.rows([KEY, other]), [Uint8Array.of(0), Uint8Array.of(0)])
    assert.deepEqual(cache.rows([KEY, other]), [Uint8Array.of(1), Uint8Array.of(1)])
  })

  it('push each other out, and a long one none', () => {
    const octets = new Uint8Array(16 * 1024)
    const { read, reads } = cacheOf(() => octets)
    for (let at = 0; at < 300; at += 1) read({ pk: 'many', sk: `${at}` })
    read({ pk: 'many', sk: '299' })
    assert.equal(reads(), 300)
    read({ pk: 'many', sk: '0' })
    assert.equal(reads(), 301)
    const long = cacheOf(() => new Uint8Array(16 * 1024 + 1))
    assert.deepEqual([long.read(), long.read(), long.reads()].slice(2), [2])
  })
})

it('whoever reads, in whichever thread, reads what was acknowledged, and never what was before', async (t) => {
  const { folder } = await folderFor(t)
  const options = { folder, relay: { kind: 'capture' } } as const
  const first = await openEmbeddedEngine(options)
  const second = await joinEmbeddedEngine(options, first.invite())
  t.after(async () => {
    await second.close()
    await first.close()
  })
  const engines = [first, second]
  const acknowledged = new Map<string, number>()
  let writing = 6
  const write = async (writer: number) => {
    for (let count = 0; count < 200; count += 1) {
      const sk = `${(writer * 7 + count) % 5}`
      const { table } = engines[(writer + count) % 2]!
      await table.write([{ update: { pk: 'counters', sk }, add: { count: 1 } }])
      acknowledged.set(sk, (acknowledged.get(sk) ?? 0) + 1)
    }
    writing -= 1
  }
  const read = async (reader: number) => {
    const seen = new Map<string, number>()
    const { table } = engines[reader % 2]!
    for (let turn = 0; writing > 0; turn += 1) {
      const sks = reader < 2 ? [`${turn % 5}`] : ['0', '1', '2', '3', '4']
      const least = sks.map((sk) => Math.max(acknowledged.get(sk) ?? 0, seen.get(sk) ?? 0))
      const keys = sks.map((sk) => ({ pk: 'counters', sk }))
      const items = reader < 2 ? [await table.get(keys[0]!)] : await table.getMany(keys)
      for (const [index, item] of items.entries()) {
        const count = (item?.['count'] as number | undefined) ?? 0
        assert.ok(count >= least[index]!, `${count} of ${sks[index]} after ${least[index]}`)
        seen.set(sks[index]!, count)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all([...[0, 1, 2, 3].map(read), ...[0, 1, 2, 3, 4, 5].map(write)])
  const items = await second.table.getMany(['0', '1', '2', '3', '4'].map((sk) => ({ pk: 'counters', sk })))
  assert.equal(
    items.map((item) => item!['count'] as number).reduce((sum, count) => sum + count),
    6 * 200,
  )
})
