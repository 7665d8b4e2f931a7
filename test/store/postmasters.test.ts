import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { DEMO, type House, openHouse, PASSWORD } from '../house.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

async function readers(localPart: string, domain: string): Promise<readonly string[] | string> {
  const resolution = await house.store.directory.resolve({ localPart, domain })
  return resolution.kind === 'local' ? resolution.accounts : resolution.kind
}

test('the first account reads it until there is the address, and any other once that account is gone', async () => {
  const { directory } = house.store
  assert.deepEqual(await readers('Postmaster', 'demo.test'), [house.alice])
  await directory.createTenant('later' as TenantId, 'Later')
  await directory.addDomain('later' as TenantId, 'later.test', { verified: true })
  assert.equal(await readers('postmaster', 'later.test'), 'no-such-address')
  const one = await directory.createAccount('later' as TenantId, { localPart: 'one', domain: 'later.test' }, PASSWORD)
  const two = await directory.createAccount('later' as TenantId, { localPart: 'two', domain: 'later.test' }, PASSWORD)
  assert.deepEqual(await readers('postmaster', 'later.test'), [one])
  await house.store.tenant('later' as TenantId).accounts.forget(one)
  assert.deepEqual(await readers('postmaster', 'later.test'), [two])
  const own = { localPart: 'postmaster', domain: 'later.test' }
  const made = await directory.createAccount('later' as TenantId, own, PASSWORD)
  assert.deepEqual(await readers('POSTMASTER', 'later.test'), [made])
})

test("the host's is that of its domain, or of the first tenant", async () => {
  const { directory } = house.store
  for (const [domain, account] of [
    ['demo.test', house.alice],
    ['mx.example', house.alice],
  ] as const) {
    const resolution = await directory.resolvePostmaster({ localPart: 'postmaster', domain })
    assert.ok(resolution.kind === 'local')
    assert.equal(resolution.tenant, DEMO)
    assert.deepEqual(resolution.accounts, [account])
  }
})
