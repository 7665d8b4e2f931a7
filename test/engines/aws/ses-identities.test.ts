/** Domains as identities of SES: what is asked of it, and what is there afterwards. The emulator's SES knows too little: test/aws/ses-v2.ts stands in. */
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { AwsEngine } from '../../../shared/engines/aws/engine.ts'
import { openSes } from '../../../shared/engines/aws/ses.ts'
import { addDomain, changeDomain, removeDomain } from '../../../shared/flows/tenants/administer-domains.ts'
import { deleteTenant } from '../../../shared/flows/tenants/delete-tenant.ts'
import { removeTenant } from '../../../shared/flows/tenants/remove-tenant.ts'
import { runJob } from '../../../shared/flows/upkeep/run-job.ts'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { openStore, type Store } from '../../../shared/store/store.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type SesV2, sesV2 } from '../../aws/ses-v2.ts'
import { jsonError } from '../../aws/wire-proxy.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

const ARN = 'arn:aws:ses:us-east-1:000000000000'
const ACME = 'acme' as TenantId
const GLOBEX = 'globex' as TenantId
const OPERATOR = { operator: true } as never

describe('identities of SES', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let store: Store
  let ses: SesV2

  before(async () => {
    world = await startAwsWorld()
    engine = world.open({
      relay: { kind: 'ses', open: openSes, configurationSet: 'mail', resources: ARN, tenantPrefix: 'Tubepost-' },
    })
    store = openStore(engine)
    for (const tenant of [ACME, GLOBEX]) await store.directory.createTenant(tenant, tenant)
  })
  after(() => world.stop())
  beforeEach(() => {
    ses = sesV2()
    world.proxy.fault = (wire) => ses.answer(wire)
  })

  /** What the API asked for, done as the function does: each message twice. */
  async function work(): Promise<number> {
    const messages = await engine.queues.jobs.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
    for (const { body, receipt } of messages) {
      for (let times = 0; times < 2; times += 1) await runJob(store, body, {} as never)
      await engine.queues.jobs.delete(receipt)
    }
    return messages.length
  }

  it('a domain that is the tenant’s becomes an identity, signed with its own key, and what the tenant sends from', async () => {
    const domain = await addDomain(store, OPERATOR, ACME, 'acme.test', { verified: true, returnPath: 'bounces' })
    assert.equal(await work(), 1)
    const { publicKey, selector } = (await store.domains.dkimKey(ACME, domain.id))!
    const identity = ses.identities.get('acme.test')
    assert.equal(identity.ConfigurationSetName, 'mail')
    assert.deepEqual(identity.Tags, [{ Key: 'tubepost-tenant', Value: 'acme' }])
    assert.deepEqual(identity['mail-from'], {
      MailFromDomain: 'bounces.acme.test',
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    })
    assert.equal(identity['dkim'], undefined)
    const { DomainSigningSelector, DomainSigningPrivateKey } = identity.DkimSigningAttributes
    assert.equal(DomainSigningSelector, selector)
    const key = createPrivateKey({ key: Buffer.from(DomainSigningPrivateKey, 'base64'), format: 'der', type: 'pkcs8' })
    assert.equal(createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'), publicKey)
    assert.deepEqual(
      [...ses.tenants.get('Tubepost-acme')!],
      [`${ARN}:identity/acme.test`, `${ARN}:configuration-set/mail`],
    )

    await changeDomain(store, ACME, domain.id, { sending: false })
    assert.equal(await work(), 1)
    assert.equal(ses.identities.size, 0)
    assert.deepEqual([...ses.tenants.get('Tubepost-acme')!], [`${ARN}:configuration-set/mail`])
    await removeDomain(store, ACME, domain.id)
    await work()
  })

  it('nobody has one by adding a name, and who comes second gets one of their own', async () => {
    const first = await addDomain(store, OPERATOR, ACME, 'shared.test', { verified: true })
    await addDomain(store, { operator: false } as never, GLOBEX, 'shared.test', { verified: false })
    assert.equal(await work(), 1)
    await runJob(
      store,
      JSON.stringify({ kind: 'sending-identity', tenant: GLOBEX, domain: 'shared.test' }),
      {} as never,
    )
    assert.equal(ses.identities.get('shared.test').Tags[0].Value, ACME)
    await removeDomain(store, ACME, first.id)
    // It changes hands before the job of the one who had it has come.
    const second = (await store.domains.byName(GLOBEX, 'shared.test'))!
    assert.ok(await store.domains.own(GLOBEX, second))
    await runJob(
      store,
      JSON.stringify({ kind: 'sending-identity', tenant: GLOBEX, domain: 'shared.test' }),
      {} as never,
    )
    assert.equal(await work(), 1)
    assert.equal(ses.identities.get('shared.test').Tags[0].Value, GLOBEX)
    assert.ok(!ses.tenants.get('Tubepost-acme')!.has(`${ARN}:identity/shared.test`))
    assert.ok(ses.tenants.get('Tubepost-globex')!.has(`${ARN}:identity/shared.test`))
  })

  it('what somebody else set up by that name is sent from, and otherwise left as it is', async () => {
    ses.identities.set('theirs.test', { Tags: [] })
    const domain = await addDomain(store, OPERATOR, ACME, 'theirs.test', { verified: true })
    await work()
    assert.deepEqual(ses.identities.get('theirs.test'), { Tags: [] })
    assert.ok(ses.tenants.get('Tubepost-acme')!.has(`${ARN}:identity/theirs.test`))
    await removeDomain(store, ACME, domain.id)
    await work()
    assert.ok(ses.identities.has('theirs.test'))
    assert.ok(!ses.tenants.get('Tubepost-acme')!.has(`${ARN}:identity/theirs.test`))
  })

  it('a throttle throws, so that the job comes again', async () => {
    await addDomain(store, OPERATOR, ACME, 'slow.test', { verified: true })
    world.proxy.fault = ({ operation }) =>
      operation.startsWith('SES.') ? jsonError('TooManyRequestsException', {}, 429) : undefined
    await assert.rejects(work())
  })

  it('with a tenant go its identities and itself', async () => {
    const tenant = 'initech' as TenantId
    await store.directory.createTenant(tenant, tenant)
    await addDomain(store, OPERATOR, tenant, 'initech.test', { verified: true })
    await runJob(store, JSON.stringify({ kind: 'sending-identity', tenant, domain: 'initech.test' }), {} as never)
    assert.ok(ses.identities.has('initech.test'))
    await deleteTenant(store, tenant)
    await removeTenant(store, tenant)
    assert.ok(!ses.identities.has('initech.test'))
    assert.ok(!ses.tenants.has('Tubepost-initech'))
  })
})
