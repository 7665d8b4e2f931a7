import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MailboxId, Modseq, TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import type { TenantEngine } from '../../shared/ports/engine.ts'
import { ForeignTenantError, forTenant } from '../../shared/ports/tenant-engine.ts'
import { type House, openHouse } from '../house.ts'

let house: House
let other: TenantEngine
before(async () => {
  house = await openHouse()
  other = forTenant(house.engine, 'dem' as TenantId)
})
after(() => house.close())

const KEYS = [
  { pk: 't/demo', sk: 'tenant' },
  { pk: 't/demo/account/x', sk: 'account' },
  { pk: 'domain/demo.test', sk: 'domain' },
  { pk: 't/', sk: 'x' },
]
const NAMES = ['raw/demo/x', 'raw/demo/', 'raw', 'raw/dem', 'index/demo/x/y/1']
const MAILBOX = 'demo/a/b' as MailboxId

for (const key of KEYS) {
  test(`an item of another tenant is out of reach: ${key.pk}`, async () => {
    await assert.rejects(other.table.get(key), ForeignTenantError)
    await assert.rejects(other.table.getMany([{ pk: 't/dem', sk: 'own' }, key]), ForeignTenantError)
    await assert.rejects(other.table.query(key.pk), ForeignTenantError)
    for (const operation of [
      { put: key },
      { update: key, set: { a: 1 } },
      { delete: key },
      { check: key, if: { absent: true } },
    ] as const) {
      await assert.rejects(other.table.write([{ put: { pk: 't/dem', sk: 'own' } }, operation]), ForeignTenantError)
    }
    assert.equal(await house.engine.table.get({ pk: 't/dem', sk: 'own' }), undefined, 'nothing of the write was done')
  })
}

for (const name of NAMES) {
  test(`an object of another tenant is out of reach: ${name}`, async () => {
    await assert.rejects(other.blobs.list(name), ForeignTenantError)
    if (name === 'raw/dem') return // no object's name, and refused as a prefix alone
    await assert.rejects(other.blobs.put(name, sourceOf(Buffer.from('x'))), ForeignTenantError)
    await assert.rejects(other.blobs.get(name), ForeignTenantError)
    await assert.rejects(other.blobs.head(name), ForeignTenantError)
    await assert.rejects(other.blobs.delete(name), ForeignTenantError)
    await assert.rejects(other.blobs.link(name, { seconds: 1, filename: 'x' }), ForeignTenantError)
  })
}

test('hints of another tenant are neither given nor taken', async () => {
  await assert.rejects(other.changeFeed.publish(MAILBOX, 1 as Modseq), ForeignTenantError)
  await assert.rejects(
    other.changeFeed.watch(MAILBOX, () => undefined),
    ForeignTenantError,
  )
})

test('what is its own it reaches', async () => {
  await other.table.write([{ put: { pk: 't/dem', sk: 'own', a: 1 } }])
  assert.equal((await other.table.get({ pk: 't/dem', sk: 'own' }))?.['a'], 1)
  await other.blobs.put('raw/dem/x', sourceOf(Buffer.from('x')))
  assert.deepEqual(
    (await other.blobs.list('raw/dem/')).map(({ name }) => name),
    ['raw/dem/x'],
  )
})
