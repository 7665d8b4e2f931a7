/** The table over the wire, with every fault that DynamoDB and the network have: no write lost, none done twice, none misreported. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { AwsEngine } from '../../../shared/engines/aws/engine.ts'
import {
  ConflictError,
  type Item,
  type Operation,
  OutcomeUnknownError,
  queryAll,
  ThrottledError,
} from '../../../shared/ports/table.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type Fault, jsonError, type WireRequest } from '../../aws/wire-proxy.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

describe('table on DynamoDB', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let pk = ''
  let pks = 0

  before(async () => {
    world = await startAwsWorld()
    engine = world.open({ answerMs: 400 })
  })
  after(() => world.stop())
  beforeEach(() => {
    pk = `t/demo/${pks++}`
    world.proxy.fault = () => undefined
    world.proxy.pageOctets = 1024 * 1024
    world.proxy.batchKeys = Number.POSITIVE_INFINITY
    world.proxy.seen.length = 0
  })

  /** The first `times` requests that write get the fault. */
  function faultWrites(fault: Fault, times = 1): () => number {
    let met = 0
    world.proxy.fault = ({ operation }) => (isWrite(operation) && met++ < times ? fault : undefined)
    return () => met
  }
  const isWrite = (operation: string) => /^DynamoDB\.(Put|Update|Delete|TransactWrite)/.test(operation)
  const item = (sk: string, more: Record<string, string | number> = {}): Item => ({ pk, sk, ...more })

  describe('a lost answer', () => {
    const writes: { name: string; operations: () => Operation[]; found: () => Item[] }[] = [
      { name: 'put', operations: () => [{ put: item('a', { v: 1 }) }], found: () => [item('a', { v: 1 })] },
      {
        name: 'put where absent',
        operations: () => [{ put: item('a', { v: 1 }), if: { absent: true } }],
        found: () => [item('a', { v: 1 })],
      },
      {
        name: 'update that assigns',
        operations: () => [{ update: { pk, sk: 'a' }, set: { v: 1 } }],
        found: () => [item('a', { v: 1 })],
      },
      {
        name: 'transaction with a sum',
        operations: () => [
          { put: item('a', { v: 1 }), if: { absent: true } },
          { update: { pk, sk: 'n' }, add: { n: 1 } },
        ],
        found: () => [item('a', { v: 1 }), item('n', { n: 1 })],
      },
    ]
    const faults: [string, Fault][] = [
      ['the answer is dropped', { kind: 'drop-answer' }],
      ['the request is dropped', { kind: 'drop-request' }],
      ['the answer is cut', { kind: 'cut-answer', octets: 1 }],
      ['the answer is late', { kind: 'late-answer', ms: 700 }],
      ['a 500 is answered', jsonError('InternalServerError', {}, 500)],
      ['the request comes twice', { kind: 'duplicate' }],
    ]
    for (const { name, operations, found } of writes) {
      for (const [what, fault] of faults) {
        it(`${name}: ${what}`, async () => {
          const met = faultWrites(fault)
          await engine.table.write(operations())
          assert.ok(met() > 0)
          assert.deepEqual(await Array.fromAsync(queryAll(engine.table, pk)), found())
        })
      }
    }

    it('of every try of a put is settled by what stands there', async () => {
      faultWrites({ kind: 'drop-answer' }, Number.POSITIVE_INFINITY)
      await engine.table.write([{ put: item('a', { v: 1 }), if: { absent: true } }])
      assert.deepEqual(await engine.table.get({ pk, sk: 'a' }), item('a', { v: 1 }))
    })

    it('of every try of a transaction is settled by its puts', async () => {
      faultWrites({ kind: 'drop-answer' }, Number.POSITIVE_INFINITY)
      await engine.table.write([{ put: item('a') }, { update: { pk, sk: 'n' }, add: { n: 1 } }])
      assert.deepEqual(await engine.table.get({ pk, sk: 'n' }), item('n', { n: 1 }))
    })

    it('where nothing was done stays unknown', async () => {
      faultWrites({ kind: 'drop-request' }, Number.POSITIVE_INFINITY)
      await assert.rejects(engine.table.write([{ put: item('a') }]), OutcomeUnknownError)
    })

    it('of a single sum is not risked twice', async () => {
      const met = faultWrites({ kind: 'drop-answer' })
      await assert.rejects(engine.table.write([{ update: { pk, sk: 'n' }, add: { n: 1 } }]), OutcomeUnknownError)
      assert.equal(met(), 1)
      assert.equal((await engine.table.get({ pk, sk: 'n' }))?.['n'], 1)
    })

    it('of a conditional update does not pass for a conflict', async () => {
      await engine.table.write([{ put: item('a', { version: 1 }) }])
      faultWrites({ kind: 'drop-answer' })
      const update: Operation = { update: { pk, sk: 'a' }, set: { version: 2 }, if: { equals: { version: 1 } } }
      await assert.rejects(engine.table.write([update]), OutcomeUnknownError)
    })

    it('before a true conflict is a conflict in a transaction, whose token knows', async () => {
      await engine.table.write([{ put: item('a', { v: 0 }) }])
      faultWrites({ kind: 'drop-request' })
      const operations: Operation[] = [{ put: item('b') }, { put: item('a'), if: { absent: true } }]
      await assert.rejects(engine.table.write(operations), { name: 'ConflictError', failed: [1] })
      assert.equal(await engine.table.get({ pk, sk: 'b' }), undefined)
    })
  })

  describe('contention and throttles', () => {
    const cancelled = (...codes: string[]) =>
      jsonError('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) })
    const two = (): Operation[] => [{ put: item('a') }, { put: item('b') }]
    const one = (): Operation[] => [{ put: item('a') }]
    const faults: [string, Fault, () => Operation[]][] = [
      ['TransactionConflict in a transaction', cancelled('TransactionConflict', 'None'), two],
      ['throughput of a transaction', cancelled('None', 'ProvisionedThroughputExceeded'), two],
      ['ThrottlingError in a transaction', cancelled('ThrottlingError', 'None'), two],
      ['TransactionInProgress', jsonError('TransactionInProgressException'), two],
      ['TransactionConflict of a single put', jsonError('TransactionConflictException'), one],
      ['throughput of a single put', jsonError('ProvisionedThroughputExceededException'), one],
      ['ThrottlingException', jsonError('ThrottlingException'), one],
      ['RequestLimitExceeded', jsonError('RequestLimitExceeded'), one],
    ]
    for (const [name, fault, operations] of faults) {
      it(`${name}: tried again`, async () => {
        faultWrites(fault, 2)
        await engine.table.write(operations())
        assert.equal((await Array.fromAsync(queryAll(engine.table, pk))).length, operations().length)
      })
      it(`${name}: ThrottledError in the end, and nothing done`, async () => {
        const met = faultWrites(fault, Number.POSITIVE_INFINITY)
        await assert.rejects(engine.table.write(operations()), ThrottledError)
        assert.equal(met(), 4)
        assert.deepEqual(await Array.fromAsync(queryAll(engine.table, pk)), [])
      })
    }

    it('a failed condition counts more than contention beside it', async () => {
      faultWrites(cancelled('TransactionConflict', 'ConditionalCheckFailed'))
      await assert.rejects(engine.table.write(two()), { name: 'ConflictError', failed: [1] })
    })

    it('a server that is not there is no unknown outcome', async () => {
      const gone = world.open({ endpoint: 'http://127.0.0.1:9', attempts: 2 })
      await assert.rejects(gone.table.write(one()), ThrottledError)
      await assert.rejects(gone.table.get({ pk, sk: 'a' }), ThrottledError)
    })

    it('reads are tried again, and end in ThrottledError', async () => {
      await engine.table.write(two())
      const reads: (() => Promise<unknown>)[] = [
        () => engine.table.get({ pk, sk: 'a' }),
        () =>
          engine.table.getMany([
            { pk, sk: 'a' },
            { pk, sk: 'b' },
          ]),
        () => engine.table.query(pk),
      ]
      for (const read of reads) {
        for (const fault of [jsonError('ThrottlingException'), { kind: 'drop-answer' } as const]) {
          let met = 0
          world.proxy.fault = () => (met++ < 2 ? fault : undefined)
          assert.ok(await read())
          world.proxy.fault = () => fault
          await assert.rejects(read(), ThrottledError)
        }
      }
    })
  })

  describe('conditions', () => {
    it('names the operations whose condition failed, by their place in the write', async () => {
      await engine.table.write([{ put: item('a', { v: 1 }) }])
      const operations: Operation[] = [
        { check: { pk, sk: 'x' }, if: {} },
        { put: item('b') },
        { check: { pk, sk: 'a' }, if: { equals: { v: 2 } } },
        { delete: { pk, sk: 'c' }, if: { present: true } },
      ]
      await assert.rejects(engine.table.write(operations), { name: 'ConflictError', failed: [2, 3] })
    })

    it('takes names that are reserved words or no names at all', async () => {
      await engine.table.write([{ put: item('a', { name: 'x', size: 1, 'a.b[0]': 2, '#n0': 3 }) }])
      await engine.table.write([
        {
          update: { pk, sk: 'a' },
          set: { values: 'y' },
          remove: ['a.b[0]'],
          if: { equals: { name: 'x', size: 1, '#n0': 3 } },
        },
      ])
      assert.deepEqual(
        await engine.table.get({ pk, sk: 'a' }),
        item('a', { name: 'x', size: 1, '#n0': 3, values: 'y' }),
      )
    })

    it('an update of nothing makes the item, alone and in a transaction', async () => {
      await engine.table.write([{ update: { pk, sk: 'a' } }])
      await engine.table.write([{ update: { pk, sk: 'b' } }, { put: item('c') }])
      assert.deepEqual(await Array.fromAsync(queryAll(engine.table, pk)), [item('a'), item('b'), item('c')])
    })

    it('one of many writers wins', async () => {
      const written = await Promise.allSettled(
        Array.from({ length: 20 }, (_, by) => engine.table.write([{ put: item('a', { by }), if: { absent: true } }])),
      )
      const lost = written.filter((one) => one.status === 'rejected')
      assert.equal(lost.length, 19)
      for (const { reason } of lost) assert.ok(reason instanceof ConflictError)
    })
  })

  describe('reads', () => {
    it('asks for the newest state everywhere', async () => {
      await engine.table.write([{ put: item('a') }])
      await engine.table.get({ pk, sk: 'a' })
      await engine.table.getMany([{ pk, sk: 'a' }])
      await engine.table.query(pk)
      // The proxy shows nothing to whoever does not ask for it.
      assert.deepEqual(await engine.table.get({ pk, sk: 'a' }), item('a'))
      assert.deepEqual(await engine.table.getMany([{ pk, sk: 'a' }]), [item('a')])
      assert.deepEqual((await engine.table.query(pk)).items, [item('a')])
    })

    for (const reverse of [false, true]) {
      it(`follows the pages of a query${reverse ? ' in reverse' : ''}`, async () => {
        const all = Array.from({ length: 23 }, (_, index) =>
          item(`s${String(index).padStart(3, '0')}`, { x: 'x'.repeat(100) }),
        )
        await engine.table.write(all.map((put) => ({ put })))
        if (reverse) all.reverse()
        for (const pageOctets of [1, 400, 1000, 100_000]) {
          world.proxy.pageOctets = pageOctets
          assert.deepEqual(await Array.fromAsync(queryAll(engine.table, pk, { reverse })), all)
          assert.deepEqual(
            await Array.fromAsync(queryAll(engine.table, pk, { reverse, prefix: 's01', limit: 3 })),
            all.filter(({ sk }) => sk.startsWith('s01')),
          )
        }
      })
    }

    it('asks again for unprocessed keys, in the order of the caller', async () => {
      const all = Array.from({ length: 50 }, (_, index) => item(`s${index}`, { index }))
      await engine.table.write(all.map((put) => ({ put })))
      world.proxy.batchKeys = 7
      const asked = [...all, { pk, sk: 'absent' }, all[3]!].map(({ sk }) => ({ pk, sk }))
      assert.deepEqual(await engine.table.getMany(asked), [...all, undefined, all[3]])
    })

    it('reads more keys than a batch takes', async () => {
      await engine.table.write([{ put: item('s149') }])
      const found = await engine.table.getMany(Array.from({ length: 950 }, (_, index) => ({ pk, sk: `s${index}` })))
      assert.equal(found.length, 950)
      assert.deepEqual(
        found.filter((one) => one !== undefined),
        [item('s149')],
      )
    })

    it('gives up on keys that stay unprocessed', async () => {
      world.proxy.batchKeys = 0
      world.proxy.fault = ({ operation, json }: WireRequest) =>
        operation === 'DynamoDB.BatchGetItem'
          ? { kind: 'answer', status: 200, json: { Responses: {}, UnprocessedKeys: json?.['RequestItems'] } }
          : undefined
      await assert.rejects(
        engine.table.getMany([
          { pk, sk: 'a' },
          { pk, sk: 'b' },
        ]),
        ThrottledError,
      )
    })
  })

  describe('units', () => {
    it('counts what a write costs, as it stood and as it stands', async () => {
      const { table, counters } = world.open({ exactUnits: true })
      async function cost(operations: Operation[]): Promise<number> {
        const start = counters.writeUnits
        await table.write(operations).catch((error) => assert.ok(error instanceof ConflictError))
        return counters.writeUnits - start
      }
      const large = item('a', { x: 'x'.repeat(3000) })
      assert.equal(await cost([{ put: large }]), 3)
      assert.equal(await cost([{ update: { pk, sk: 'a' }, set: { v: 1 } }]), 3, 'an update costs the whole item')
      assert.equal(await cost([{ put: large, if: { absent: true } }]), 3, 'a failed condition costs the item as it is')
      assert.equal(await cost([{ check: { pk, sk: 'a' }, if: { present: true } }, { put: item('b') }]), 8)
      assert.equal(await cost([{ put: item('a') }]), 3, 'a put costs what it replaces')
      assert.equal(await cost([{ delete: { pk, sk: 'a' } }]), 1)
      const reads = counters.readUnits
      await table.get({ pk, sk: 'b' })
      await table.query(pk)
      assert.equal(counters.readUnits - reads, 2)
    })
  })
})
