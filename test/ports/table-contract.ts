import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Condition,
  ConflictError,
  type Item,
  type Operation,
  type Query,
  queryAll,
  type Table,
  ThrottledError,
} from '../../shared/ports/table.ts'
import { holder, type Open, unique } from './opened.ts'

const KIB = 1024

/** The failed operations' indices, which an engine may not know where the write was contended. */
async function conflict(written: Promise<void>, failed: number[]): Promise<void> {
  await assert.rejects(written, (error: unknown) => {
    assert.ok(error instanceof ConflictError, String(error))
    assert.deepEqual(error.failed, failed)
    return true
  })
}

/** As callers do: what was contended is tried again. */
async function persist(table: Table, operations: Operation[]): Promise<void> {
  for (;;) {
    try {
      return await table.write(operations)
    } catch (error) {
      const isContention =
        error instanceof ThrottledError || (error instanceof ConflictError && error.failed.length === 0)
      if (!isContention) throw error
    }
  }
}

export function tableContract(name: string, open: Open): void {
  describe(`table on ${name}`, () => {
    const opened = holder(open, { before, after })
    const table = () => opened().engine.table

    async function all(pk: string, query: Omit<Query, 'after'> = {}): Promise<string[]> {
      const sks: string[] = []
      for await (const item of queryAll(table(), pk, query)) sks.push(item.sk)
      return sks
    }

    describe('items', () => {
      it('come back as they were put, every kind of value', async () => {
        const item: Item = {
          pk: unique(),
          sk: 'ключ/ \u{1f4ee}',
          text: 'Grüße \u{1f600} \0 \u2028',
          empty: '',
          'Ein Name!': 'x',
          zero: 0,
          negative: -12.5,
          largest: Number.MAX_SAFE_INTEGER,
          smallest: Number.MIN_SAFE_INTEGER,
          truth: true,
          lie: false,
          octets: Uint8Array.from({ length: 256 }, (_, index) => index),
          noOctets: new Uint8Array(),
          set: new Set(['a', 'ä', '']),
          list: ['b', 'a', 'a'],
          emptyList: [],
        }
        await table().write([{ put: item }])
        assert.deepEqual(await table().get({ pk: item.pk, sk: item.sk }), item)
        assert.deepEqual(await table().query(item.pk), { items: [item] })
      })

      it('are replaced whole by a put', async () => {
        const key = { pk: unique(), sk: 'a' }
        await table().write([{ put: { ...key, before: 1, both: 1 } }])
        await table().write([{ put: { ...key, both: 2 } }])
        assert.deepEqual(await table().get(key), { ...key, both: 2 })
      })

      it('are gone after a delete, which may be repeated', async () => {
        const key = { pk: unique(), sk: 'a' }
        await table().write([{ put: key }])
        await table().write([{ delete: key }])
        assert.equal(await table().get(key), undefined)
        await table().write([{ delete: key }])
      })

      it('come in the order of the keys asked for, with gaps where there are none', async () => {
        const pk = unique()
        const keys = Array.from({ length: 230 }, (_, index) => ({ pk: `${pk}/${index % 7}`, sk: String(index) }))
        const kept = keys.filter((_, index) => index % 3 !== 0)
        for (let at = 0; at < kept.length; at += 100)
          await table().write(kept.slice(at, at + 100).map((key) => ({ put: { ...key, n: Number(key.sk) } })))
        const found = await table().getMany(keys)
        assert.deepEqual(
          found,
          keys.map((key, index) => (index % 3 === 0 ? undefined : { ...key, n: index })),
        )
        assert.deepEqual(await table().getMany([keys[1]!, keys[1]!]), [found[1], found[1]])
        assert.deepEqual(await table().getMany([]), [])
      })
    })

    describe('conditions', () => {
      const there = { text: 'a', number: 7, truth: false, octets: Uint8Array.of(1, 2), set: new Set(['x']) }
      const rows: { name: string; if: Condition; onItem: boolean; onNone: boolean }[] = [
        { name: 'absent', if: { absent: true }, onItem: false, onNone: true },
        { name: 'present', if: { present: true }, onItem: true, onNone: false },
        { name: 'equal text', if: { equals: { text: 'a' } }, onItem: true, onNone: false },
        { name: 'another text', if: { equals: { text: 'A' } }, onItem: false, onNone: false },
        { name: 'equal number', if: { equals: { number: 7 } }, onItem: true, onNone: false },
        { name: 'another number', if: { equals: { number: 7.5 } }, onItem: false, onNone: false },
        { name: 'a text like the number', if: { equals: { number: '7' } }, onItem: false, onNone: false },
        { name: 'equal truth', if: { equals: { truth: false } }, onItem: true, onNone: false },
        { name: 'equal octets', if: { equals: { octets: Uint8Array.of(1, 2) } }, onItem: true, onNone: false },
        { name: 'other octets', if: { equals: { octets: Uint8Array.of(1, 2, 3) } }, onItem: false, onNone: false },
        { name: 'an attribute that is not there', if: { equals: { other: 'a' } }, onItem: false, onNone: false },
        { name: 'one equal, one not', if: { equals: { text: 'a', number: 8 } }, onItem: false, onNone: false },
        { name: 'unset, and it is', if: { unset: ['other', 'another'] }, onItem: true, onNone: true },
        { name: 'unset, and it is not', if: { unset: ['other', 'set'] }, onItem: false, onNone: true },
        { name: 'all kinds', if: { present: true, equals: { number: 7 }, unset: ['no'] }, onItem: true, onNone: false },
      ]
      const operations: { name: string; of(key: { pk: string; sk: string }, condition: Condition): Operation }[] = [
        { name: 'put', of: (key, condition) => ({ put: { ...key, n: 1 }, if: condition }) },
        { name: 'update', of: (key, condition) => ({ update: key, set: { n: 1 }, if: condition }) },
        { name: 'delete', of: (key, condition) => ({ delete: key, if: condition }) },
        { name: 'check', of: (key, condition) => ({ check: key, if: condition }) },
      ]
      for (const operation of operations) {
        it(`of ${operation.name}`, async () => {
          for (const row of rows) {
            const keys = { item: { pk: unique(), sk: 'a' }, none: { pk: unique(), sk: 'a' } }
            await table().write([{ put: { ...keys.item, ...there } }])
            for (const [key, holds] of [
              [keys.item, row.onItem],
              [keys.none, row.onNone],
            ] as const) {
              const before = await table().get(key)
              // A check alone changes nothing: it guards another operation.
              const guarded: Operation[] = [operation.of(key, row.if), { put: { pk: key.pk, sk: 'beside' } }]
              if (holds) await table().write(guarded)
              else {
                await conflict(table().write(guarded), [0])
                assert.deepEqual(await table().get(key), before, row.name)
              }
              const beside = await table().get({ pk: key.pk, sk: 'beside' })
              assert.equal(beside !== undefined, holds, `${row.name} on ${before ? 'an item' : 'none'}`)
            }
          }
        })
      }

      it('that fail are all named, and nothing of the write is done', async () => {
        const pk = unique()
        await table().write([{ put: { pk, sk: 'b', n: 1 } }])
        const write = table().write([
          { put: { pk, sk: 'a' } },
          { put: { pk, sk: 'b', n: 2 }, if: { absent: true } },
          { update: { pk, sk: 'c' }, add: { n: 1 } },
          { check: { pk, sk: 'd' }, if: { present: true } },
          { delete: { pk, sk: 'e' }, if: { absent: true } },
        ])
        await conflict(write, [1, 3])
        assert.deepEqual((await table().query(pk)).items, [{ pk, sk: 'b', n: 1 }])
      })

      it('of a single operation name it', async () => {
        await conflict(
          table().write([{ update: { pk: unique(), sk: 'a' }, set: { n: 1 }, if: { present: true } }]),
          [0],
        )
      })
    })

    describe('updates', () => {
      const rows: { name: string; before?: Record<string, Item[string]>; update: object; after: object }[] = [
        { name: 'make an item', update: { set: { a: 1 } }, after: { a: 1 } },
        { name: 'make an item of nothing but its key', update: { remove: ['a'] }, after: {} },
        {
          name: 'keep what they do not name',
          before: { a: 1, b: 'x' },
          update: { set: { a: 2 } },
          after: { a: 2, b: 'x' },
        },
        { name: 'count from nothing', update: { add: { n: 2.5 } }, after: { n: 2.5 } },
        { name: 'count down', before: { n: 1 }, update: { add: { n: -3 } }, after: { n: -2 } },
        { name: 'begin a set', update: { add: { s: new Set(['a']) } }, after: { s: new Set(['a']) } },
        {
          name: 'add to a set',
          before: { s: new Set(['a', 'b']) },
          update: { add: { s: new Set(['b', 'c']) } },
          after: { s: new Set(['a', 'b', 'c']) },
        },
        {
          name: 'drop from a set',
          before: { s: new Set(['a', 'b']) },
          update: { drop: { s: new Set(['b', 'c']) } },
          after: { s: new Set(['a']) },
        },
        {
          name: 'drop the last of a set',
          before: { s: new Set(['a']), t: 1 },
          update: { drop: { s: new Set(['a']) } },
          after: { t: 1 },
        },
        { name: 'drop from no set', before: { t: 1 }, update: { drop: { s: new Set(['a']) } }, after: { t: 1 } },
        { name: 'remove', before: { a: 1, b: 2 }, update: { remove: ['a', 'c'] }, after: { b: 2 } },
        {
          name: 'do everything at once',
          before: { a: 1, n: 1, s: new Set(['a']), d: new Set(['x', 'y']), r: 1 },
          update: { set: { a: 2 }, add: { n: 1, s: new Set(['b']) }, drop: { d: new Set(['x']) }, remove: ['r'] },
          after: { a: 2, n: 2, s: new Set(['a', 'b']), d: new Set(['y']) },
        },
      ]
      for (const row of rows) {
        it(row.name, async () => {
          const key = { pk: unique(), sk: 'a' }
          if (row.before) await table().write([{ put: { ...key, ...row.before } }])
          await table().write([{ update: key, ...row.update }])
          assert.deepEqual(await table().get(key), { ...key, ...row.after })
        })
      }

      it('are refused where they do not fit what is there, and nothing is done', async () => {
        const key = { pk: unique(), sk: 'a' }
        await table().write([{ put: { ...key, text: 'x', n: 1 } }])
        const misfits = [{ add: { text: 1 } }, { add: { n: new Set(['a']) } }, { drop: { text: new Set(['a']) } }]
        for (const misfit of misfits) {
          const write = table().write([{ put: { pk: key.pk, sk: 'beside' } }, { update: key, ...misfit }])
          await assert.rejects(write, RangeError)
        }
        assert.deepEqual((await table().query(key.pk)).items, [{ ...key, text: 'x', n: 1 }])
      })
    })

    describe('queries', () => {
      // In the order of their octets in UTF-8, which is not that of JavaScript's strings.
      const sks = [
        '!',
        '0',
        '00',
        'A',
        'a',
        'aa',
        'a\u007f',
        'b',
        'z',
        'é',
        'ÿ',
        '\ud7ff',
        '\ue000',
        '\uffff',
        '\u{10000}',
        '\u{1f4ee}',
        '\u{10ffff}',
      ]
      const pk = unique()
      before(async () => {
        const shuffled = sks.toSorted(
          (a, b) => ((a.length * 7 + a.charCodeAt(0)) % 11) - ((b.length * 7 + b.charCodeAt(0)) % 11),
        )
        await table().write([
          ...shuffled.map((sk) => ({ put: { pk, sk, sk2: sk } })),
          { put: { pk: `${pk}0`, sk: 'a' } },
          { put: { pk: pk.slice(0, -1) || 'x', sk: `${pk.at(-1)}a` } },
        ])
      })

      const rows: { name: string; query: Query; wanted: string[] }[] = [
        { name: 'everything', query: {}, wanted: sks },
        { name: 'from, inclusive', query: { from: 'aa' }, wanted: sks.slice(5) },
        { name: 'to, inclusive', query: { to: 'aa' }, wanted: sks.slice(0, 6) },
        {
          name: 'from and to between items',
          query: { from: 'a0', to: 'zz' },
          wanted: ['aa', 'a\u007f', 'b', 'z'],
        },
        { name: 'from past the end', query: { from: '\u{10ffff}a' }, wanted: [] },
        { name: 'from after to', query: { from: 'z', to: 'a' }, wanted: [] },
        { name: 'one key', query: { from: 'b', to: 'b' }, wanted: ['b'] },
        { name: 'prefix', query: { prefix: 'a' }, wanted: ['a', 'aa', 'a\u007f'] },
        { name: 'prefix of none', query: { prefix: 'q' }, wanted: [] },
        { name: 'prefix at the last code point', query: { prefix: '\u{10ffff}' }, wanted: ['\u{10ffff}'] },
        { name: 'prefix before the surrogates', query: { prefix: '\ud7ff' }, wanted: ['\ud7ff'] },
        { name: 'prefix beyond ASCII', query: { prefix: '\u{1f4ee}' }, wanted: ['\u{1f4ee}'] },
      ]
      for (const { name: rowName, query, wanted } of rows) {
        for (const reverse of [false, true]) {
          for (const limit of [undefined, 1, 2, 100]) {
            it(`${rowName}${reverse ? ', backwards' : ''}${limit ? `, by ${limit}` : ''}`, async () => {
              const found = await all(pk, { ...query, reverse, ...(limit === undefined ? {} : { limit }) })
              assert.deepEqual(found, reverse ? wanted.toReversed() : wanted)
            })
          }
        }
      }

      it('hold no more than their limit, and say whether there is more', async () => {
        const page = await table().query(pk, { limit: 3 })
        assert.deepEqual(
          page.items.map(({ sk }) => sk),
          sks.slice(0, 3),
        )
        assert.ok(page.next)
        const rest = await table().query(pk, { after: page.next })
        assert.deepEqual(
          rest.items.map(({ sk }) => sk),
          sks.slice(3),
        )
        assert.equal(rest.next, undefined)
      })

      it('find nothing under a pk that has nothing', async () => {
        assert.deepEqual((await table().query(unique())).items, [])
      })

      it('go on after an item that was deleted meanwhile', async () => {
        const own = unique()
        await table().write(['a', 'b', 'c', 'd'].map((sk) => ({ put: { pk: own, sk } })))
        const page = await table().query(own, { limit: 2 })
        await table().write([{ delete: { pk: own, sk: 'b' } }, { delete: { pk: own, sk: 'c' } }])
        const rest = await table().query(own, { after: page.next! })
        assert.deepEqual(
          rest.items.map(({ sk }) => sk),
          ['d'],
        )
      })

      it('refuse a limit that is none', async () => {
        for (const limit of [0, -1, 1.5]) await assert.rejects(table().query(pk, { limit }), RangeError)
      })
    })

    it('pages large items, losing and repeating none', async () => {
      const pk = unique()
      const wanted = Array.from({ length: 12 }, (_, index) => String(index).padStart(2, '0'))
      const octets = new Uint8Array(300 * KIB).fill(7)
      for (const sk of wanted) await table().write([{ put: { pk, sk, octets } }])
      for (const reverse of [false, true]) {
        const found: string[] = []
        let next: string | undefined
        do {
          const page = await table().query(pk, next === undefined ? { reverse } : { reverse, after: next })
          found.push(...page.items.map(({ sk }) => sk))
          next = page.next
        } while (next !== undefined)
        assert.deepEqual(found, reverse ? wanted.toReversed() : wanted)
      }
    })

    describe('concurrency', () => {
      it('lets one of 50 win a key', async () => {
        const key = { pk: unique(), sk: 'a' }
        const written = await Promise.allSettled(
          Array.from({ length: 50 }, (_, n) => table().write([{ put: { ...key, n }, if: { absent: true } }])),
        )
        const won = written.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []))
        assert.equal(won.length, 1)
        for (const result of written)
          if (result.status === 'rejected') assert.ok(result.reason instanceof ConflictError)
        assert.deepEqual(await table().get(key), { ...key, n: won[0] })
      })

      it('lets one of 50 win a pair of keys, whole', async () => {
        const pk = unique()
        const written = await Promise.allSettled(
          Array.from({ length: 50 }, (_, n) => {
            const pair: Operation[] = ['a', 'b'].map((sk) => ({ put: { pk, sk, n }, if: { absent: true } }))
            return persist(table(), n % 2 ? pair : pair.toReversed())
          }),
        )
        assert.equal(written.filter(({ status }) => status === 'fulfilled').length, 1)
        const [a, b] = (await table().query(pk)).items
        assert.equal(a!['n'], b!['n'])
      })

      it('loses no count', async () => {
        const key = { pk: unique(), sk: 'a' }
        const increments = Array.from({ length: 50 }, (_, n) =>
          persist(table(), [{ update: key, add: { n: 1, who: new Set([`w${n}`]) } }]),
        )
        await Promise.all(increments)
        const item = await table().get(key)
        assert.equal(item!['n'], 50)
        assert.equal((item!['who'] as Set<string>).size, 50)
      })

      it('loses no version where each builds on what it read', async () => {
        const key = { pk: unique(), sk: 'a' }
        await table().write([{ put: { ...key, version: 0 } }])
        let conflicts = 0
        async function advance(): Promise<void> {
          for (;;) {
            const version = (await table().get(key))!['version'] as number
            try {
              return await table().write([{ put: { ...key, version: version + 1 }, if: { equals: { version } } }])
            } catch (error) {
              if (!(error instanceof ConflictError || error instanceof ThrottledError)) throw error
              conflicts++
            }
          }
        }
        await Promise.all(Array.from({ length: 10 }, advance))
        assert.equal((await table().get(key))!['version'], 10)
        assert.ok(conflicts > 0)
      })

      it('shows what was acknowledged, to every kind of read', async () => {
        const pk = unique()
        await Promise.all(
          Array.from({ length: 20 }, async (_, n) => {
            const key = { pk, sk: String(n) }
            await table().write([{ put: key }])
            assert.ok(await table().get(key))
            assert.ok((await table().getMany([key]))[0])
            assert.equal((await table().query(pk, { from: key.sk, to: key.sk })).items.length, 1)
          }),
        )
      })
    })

    describe('limits', () => {
      const octets = (length: number) => new Uint8Array(length)
      const key = () => ({ pk: unique(), sk: 'a' })

      it('takes the largest key, and 100 operations', async () => {
        const largest = { pk: unique().padEnd(2048, 'x'), sk: 'é'.repeat(512) }
        await table().write([{ put: { ...largest, n: 1 } }])
        assert.deepEqual(await table().get(largest), { ...largest, n: 1 })
        const pk = unique()
        await table().write(Array.from({ length: 100 }, (_, n) => ({ put: { pk, sk: String(n) } })))
        assert.equal((await all(pk)).length, 100)
      })

      it('takes an item just below 400 KB', async () => {
        const own = key()
        await table().write([{ put: { ...own, octets: octets(400 * KIB - 200) } }])
        assert.equal(((await table().get(own))!['octets'] as Uint8Array).length, 400 * KIB - 200)
      })

      const rows: { name: string; operations: () => Operation[] }[] = [
        { name: 'no operations', operations: () => [] },
        { name: '101 operations', operations: () => Array.from({ length: 101 }, () => ({ put: key() })) },
        { name: 'an empty pk', operations: () => [{ put: { pk: '', sk: 'a' } }] },
        { name: 'an empty sk', operations: () => [{ put: { pk: 'a', sk: '' } }] },
        { name: 'a pk of 2,049 octets', operations: () => [{ put: { pk: 'a'.repeat(2049), sk: 'a' } }] },
        {
          name: 'an sk of 1,026 octets in 513 characters',
          operations: () => [{ delete: { pk: 'a', sk: 'é'.repeat(513) } }],
        },
        { name: 'an item of 400 KB and more', operations: () => [{ put: { ...key(), octets: octets(400 * KIB) } }] },
        {
          name: 'more than 4 MB',
          operations: () => Array.from({ length: 11 }, () => ({ put: { ...key(), octets: octets(390 * KIB) } })),
        },
        { name: 'an empty set', operations: () => [{ put: { ...key(), set: new Set<string>() } }] },
        { name: 'no number', operations: () => [{ put: { ...key(), n: Number.NaN } }] },
        { name: 'an endless number', operations: () => [{ put: { ...key(), n: Number.POSITIVE_INFINITY } }] },
        { name: 'half a character', operations: () => [{ put: { ...key(), text: '\ud800' } }] },
        { name: 'a key set by an update', operations: () => [{ update: key(), set: { sk: 'b' } }] },
        {
          name: 'an attribute named twice',
          operations: () => [{ update: key(), set: { a: 1 }, remove: ['a'] }],
        },
        {
          name: 'one key twice',
          operations: () => {
            const own = key()
            return [{ put: own }, { check: { ...own }, if: { absent: true } }]
          },
        },
      ]
      for (const row of rows) {
        it(`refuses ${row.name}`, async () => {
          await assert.rejects(table().write(row.operations()), RangeError)
        })
      }

      it('refuses an update that makes an item too large, and does nothing of its write', async () => {
        const own = key()
        await table().write([{ put: { ...own, a: octets(300 * KIB) } }])
        const write = table().write([
          { put: { pk: own.pk, sk: 'beside' } },
          { update: own, set: { b: octets(200 * KIB) } },
        ])
        await assert.rejects(write, RangeError)
        assert.deepEqual(await all(own.pk), ['a'])
      })
    })

    it('does many operations each by itself, where it can, and names those that failed', async () => {
      const { writeEach } = table()
      if (writeEach === undefined) return
      const pk = unique()
      await table().write([{ put: { pk, sk: 'there', count: 1 } }])
      const failed = await writeEach([
        { update: { pk, sk: 'there' }, add: { count: 1 }, if: { present: true } },
        { update: { pk, sk: 'missing' }, add: { count: 1 }, if: { present: true } },
        { put: { pk, sk: 'new', count: 5 }, if: { absent: true } },
        { put: { pk, sk: 'new', count: 6 }, if: { absent: true } }, // each sees those before it
        { update: { pk, sk: 'new' }, add: { count: 1 }, if: { present: true } },
        { delete: { pk, sk: 'there' }, if: { equals: { count: 2 } } },
        { update: { pk, sk: 'there' }, add: { count: 1 }, if: { present: true } },
      ])
      assert.deepEqual(failed, [1, 3, 6])
      const counts = await table().getMany(['there', 'missing', 'new'].map((sk) => ({ pk, sk })))
      assert.deepEqual(
        counts.map((item) => item?.['count']),
        [undefined, undefined, 6],
      )
      await assert.rejects(
        writeEach([
          { put: { pk, sk: 'other' } },
          { update: { pk, sk: 'new' }, add: { count: new Set(['text']) } }, // a number is no set
        ]),
        RangeError,
      )
      assert.equal(await table().get({ pk, sk: 'other' }), undefined)
      const many = Array.from({ length: 101 }, (_, at): Operation => ({ put: { pk, sk: `${at}` } }))
      await assert.rejects(writeEach(many), RangeError)
    })

    it('keeps what has not expired', async () => {
      const own = { pk: unique(), sk: 'a', expires: Math.floor(Date.now() / 1000) + 3600 }
      await table().write([{ put: own }])
      assert.deepEqual(await table().get({ pk: own.pk, sk: 'a' }), own)
    })
  })
}
