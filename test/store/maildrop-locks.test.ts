import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TenantEngine } from '../../shared/ports/engine.ts'
import { ConflictError, type Operation, ThrottledError } from '../../shared/ports/table.ts'
import { MaildropLocks } from '../../shared/store/maildrop-locks.ts'
import { type House, openHouse } from '../house.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

/** The tenant's engine, its writes going through `write`. */
function through(write: (operations: readonly Operation[]) => Promise<void>): TenantEngine {
  const { engine } = house.demo
  return { ...engine, table: { ...engine.table, write } }
}

test('the fencing number only grows', async () => {
  const locks = house.demo.maildropLocks
  const fences: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const lock = await locks.acquire(house.inbox)
    fences.push(lock.releaseOperation().if!.equals!['fence'] as number)
    await lock.release()
    await lock.release() // repeatable
  }
  assert.deepEqual(fences, [fences[0], fences[0]! + 1, fences[0]! + 2])
})

test('after a lost answer the lock in the way is our own', async () => {
  const { table } = house.demo.engine
  const locks = new MaildropLocks(
    through(async (operations) => {
      await table.write(operations)
      throw new ConflictError([0])
    }),
  )
  const lock = await locks.acquire(house.inbox)
  await assert.rejects(house.demo.maildropLocks.acquire(house.inbox), { kind: 'in-use' })
  await lock.release()
  await (await house.demo.maildropLocks.acquire(house.inbox)).release()
})

test('a lock that was renewed at the last moment is not taken', async () => {
  const { table } = house.demo.engine
  const lock = await house.demo.maildropLocks.acquire(house.inbox)
  house.clock.advance(61_000)
  const { update, if: condition } = lock.releaseOperation() as Extract<Operation, { update: unknown }>
  const late = new MaildropLocks(
    through(async (operations) => {
      // Between the look and the write of who comes, the owner shows that it lives.
      await table.write([{ update, set: { until: house.clock.now() + 60_000 }, if: condition! }])
      await table.write(operations)
    }),
  )
  await assert.rejects(late.acquire(house.inbox), { kind: 'in-use' })
  await lock.release()
})

test('a throttled release is left to the lease', async () => {
  const { table } = house.demo.engine
  let throttled = false
  const locks = new MaildropLocks(
    through(async (operations) => {
      if (throttled) throw new ThrottledError('too fast')
      await table.write(operations)
    }),
  )
  const lock = await locks.acquire(house.inbox)
  throttled = true
  await lock.release()
  await assert.rejects(house.demo.maildropLocks.acquire(house.inbox), { kind: 'in-use' })
  house.clock.advance(61_000)
  await (await house.demo.maildropLocks.acquire(house.inbox)).release()
})
