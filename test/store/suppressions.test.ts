import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { type House, openHouse } from '../house.ts'

describe('suppressions', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  test('an address on the list is found in any case, by its own tenant alone, until it is taken off', async () => {
    const { suppressions } = house.demo
    const first = await suppressions.add('Carol@Bücher.example', 'bounce')
    assert.equal(first.address, 'carol@xn--bcher-kva.example')
    assert.deepEqual(await suppressions.add('carol@bücher.example', 'complaint'), first, 'it stays as it was first put')
    const asked = ['CAROL@xn--bcher-kva.example', 'carol@bücher.example', 'dave@example.net', 'no address']
    assert.deepEqual([...(await suppressions.among(asked))], asked.slice(0, 2))
    const other = house.store.tenant('other' as TenantId).suppressions
    assert.equal((await other.among(asked)).size, 0)
    assert.equal(await suppressions.remove('carol@bücher.EXAMPLE'), true)
    assert.equal(await suppressions.remove('carol@bücher.example'), false)
    assert.equal((await suppressions.among(asked)).size, 0)
  })

  test('in pages, by address', async () => {
    const { suppressions } = house.demo
    for (const name of ['c', 'a', 'b']) await suppressions.add(`${name}@example.net`, 'manual')
    const { items, hasMore } = await suppressions.page({ limit: 2 })
    assert.deepEqual([items.map(({ address }) => address), hasMore], [['a@example.net', 'b@example.net'], true])
    const rest = await suppressions.page({ limit: 2, after: 'b@example.net' })
    assert.deepEqual([rest.items.map(({ address }) => address), rest.hasMore], [['c@example.net'], false])
  })
})
