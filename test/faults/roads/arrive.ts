import { deliver } from '../cast.ts'
import { Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

/** So many, and so long, that the envelope does not fit the object's metadata. */
const MANY = 60

/** Accept and index: one tenant, two tenants in one transaction, an envelope that is an object of its own. */
export const arriveRoad: Road = {
  name: 'arrive',
  prepare: async () => undefined,
  async run(world, { alice, bob, carol }) {
    const ledger = new Ledger()
    const toAlice = { address: 'alice@demo.test', account: alice }
    const toCarol = { address: 'carol@other.test', account: carol }
    await deliver(world, ledger, 'to one', [toAlice])
    await deliver(world, ledger, 'to two tenants', [toAlice, toCarol])
    const many = Array.from({ length: MANY }, (_, index) => ({
      address: `${index % 2 === 0 ? 'alice' : 'bob'}+a-detail-that-is-long-${index}@demo.test`,
      account: index % 2 === 0 ? alice : bob,
    }))
    await deliver(world, ledger, 'to many', many)
    await world.drain()
    await deliver(world, ledger, 'to two tenants again', [toCarol, ...many])
    return (counted) => ledger.check(counted)
  },
}
