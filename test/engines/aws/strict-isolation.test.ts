/**
 * `isolation: 'strict'` over the wire: who signs each request, held against what infra/capabilities/storage.ts allows whom, as the emulator asks nobody
 * for rights.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AwsEngine } from '../../../shared/engines/aws/engine.ts'
import { acceptMessage } from '../../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../../shared/flows/arrivals/index-message.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { sendMessage } from '../../../shared/flows/outgoing/send-message.ts'
import { submitMessage } from '../../../shared/flows/outgoing/submit-message.ts'
import { deleteTenant } from '../../../shared/flows/tenants/delete-tenant.ts'
import { removeTenant } from '../../../shared/flows/tenants/remove-tenant.ts'
import { reclaim } from '../../../shared/flows/upkeep/reclaim.ts'
import { sweep } from '../../../shared/flows/upkeep/sweep.ts'
import type { AccountId, TenantId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { measuredEngine } from '../../../shared/ports/measured-engine.ts'
import { openStore, type Store } from '../../../shared/store/store.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { sesError, type WireRequest } from '../../aws/wire-proxy.ts'
import { SCAN, type SettableClock, settableClock } from '../../house.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

const ROLE = 'arn:aws:iam::000000000000:role/TenantRole'
const TENANTS = ['acme', 'globex'] as TenantId[]
const MINUTE_MS = 60_000

describe('strict isolation', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let clock: SettableClock
  let engine: AwsEngine
  let store: Store
  const accounts = new Map<TenantId, AccountId>()

  before(async () => {
    world = await startAwsWorld()
    clock = settableClock()
    engine = world.open({ tenantRole: ROLE, clock })
    store = openStore(measuredEngine(engine))
  })
  after(() => world.stop())

  const assumed = () => world.proxy.seen.filter(({ operation }) => operation === 'STS.AssumeRole')
  const form = ({ body }: WireRequest) => new URLSearchParams(body.toString('utf8'))
  const signer = ({ headers }: WireRequest) => /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]

  async function live(tenant: TenantId): Promise<void> {
    const domain = `${tenant}.test`
    await store.directory.createTenant(tenant, tenant)
    await store.directory.addDomain(tenant, domain, { verified: true })
    const account = await store.directory.createAccount(tenant, { localPart: 'ann', domain }, 'a long password')
    accounts.set(tenant, account)
    await store.directory.authenticate({ localPart: 'ann', domain }, 'a long password')
    const client = { helo: 'c.test', remoteAddress: '192.0.2.1', hostName: 'mail.example.com', protocol: 'ESMTP' }
    const text = (to: string) => sourceOf(Buffer.from(`From: ann@${domain}\r\nTo: ${to}\r\n\r\nHello.\r\n`))
    await acceptMessage(
      store,
      {
        reversePath: 'carol@example.net',
        recipients: [{ address: `ann@${domain}`, accounts: [account], tenant }],
        body: '7BIT',
        smtputf8: false,
        client,
      },
      text(`ann@${domain}`),
    )
    const submission = {
      account,
      reversePath: `ann@${domain}`,
      leavesTheHouse: false,
      body: '7BIT',
      smtputf8: false,
      client,
    } as const
    await submitMessage(store, { ...submission, recipients: [`ann@${domain}`] }, text(`ann@${domain}`))
    const own = store.tenant(tenant)
    for await (const { name } of listAll(own.engine.blobs, `outbox/${tenant}/`)) {
      await sendMessage(store, name, { hostName: 'mail.example.com' })
    }
    for await (const { name } of listAll(own.engine.blobs, `raw/${tenant}/`)) await indexMessage(store, name, SCAN)
    const inbox = await own.mailboxes.mailbox(account, ['INBOX'])
    await foldMailbox(own, inbox)
    await own.replicas.use(inbox, async ({ messages }) => assert.equal(messages.count, 2))
    await own.engine.changeFeed.watch(inbox, () => undefined).then((watch) => watch.end())
  }

  it('each tenant by credentials of its own, asked for once an hour; the directory by those of the process', async () => {
    for (const tenant of TENANTS) await live(tenant)
    await sweep(store)
    for (const tenant of TENANTS) await reclaim(store, tenant)
    assert.deepEqual(
      assumed().map((wire) => [
        form(wire).get('RoleSessionName'),
        form(wire).get('Tags.member.1.Key'),
        form(wire).get('Tags.member.1.Value'),
        form(wire).get('RoleArn'),
      ]),
      TENANTS.map((tenant) => [tenant, 'tenant', tenant, ROLE]),
    )
    check()
    world.proxy.seen.length = 0
    clock.advance(45 * MINUTE_MS)
    for (const tenant of TENANTS) await store.tenant(tenant).accounts.get(accounts.get(tenant)!)
    assert.equal(assumed().length, 0)
    clock.advance(6 * MINUTE_MS)
    const [tenant] = TENANTS as [TenantId]
    await Promise.all([1, 2, 3].map(() => store.tenant(tenant).engine.table.get({ pk: `t/${tenant}/x`, sk: 'x' })))
    assert.ok(assumed().length <= 1)
  })

  it('a tenant is removed by its own credentials', async () => {
    world.proxy.seen.length = 0
    const [tenant] = TENANTS as [TenantId]
    await deleteTenant(store, tenant)
    await removeTenant(store, tenant)
    check()
    assert.equal((await engine.blobs.list(`raw/${tenant}/`)).length, 0)
  })

  it('who is refused credentials does nothing, and is asked again', async () => {
    const tenant = 'initech' as TenantId
    const read = () => store.tenant(tenant).engine.table.get({ pk: `t/${tenant}/x`, sk: 'x' })
    world.proxy.fault = ({ operation }) =>
      operation === 'STS.AssumeRole' ? sesError('AccessDenied', 'no', 403) : undefined
    await assert.rejects(read())
    world.proxy.fault = () => undefined
    assert.equal(await read(), undefined)
  })

  /** The policies of strict isolation, asked of every request that went by. */
  function check(): void {
    const tenantOf = new Map<string, string>()
    for (const wire of world.proxy.seen) {
      const who = signer(wire)!
      const touched = tenantsTouched(wire)
      if (who !== 'test') {
        assert.equal(touched.size, 1, wire.operation)
        const [tenant] = touched as Set<string>
        assert.equal(tenantOf.get(who) ?? tenant, tenant, `${wire.operation} by credentials of another`)
        tenantOf.set(who, tenant!)
        continue
      }
      for (const refused of refusedToProcess(wire))
        assert.fail(`${wire.operation} of ${refused} by the process's own role`)
    }
    assert.ok(tenantOf.size >= 1)
  }
})

function tenantsTouched(wire: WireRequest): Set<string> {
  if (wire.operation.startsWith('DynamoDB')) return new Set(keysOf(wire).map(({ pk }) => pk.split('/')[1]!))
  const { pathname, searchParams } = new URL(wire.path, 'http://s3')
  if (searchParams.has('delete')) {
    const named = wire.body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)
    return new Set(Array.from(named, ([, name]) => name!.split('/')[1]!))
  }
  return new Set([(searchParams.get('prefix') ?? pathname.split('/').slice(2).join('/')).split('/')[1]!])
}

/** Tenants' items are read, changed and deleted by nobody but them; put also where an account is made. Of objects none is the process's. */
function refusedToProcess(wire: WireRequest): string[] {
  if (wire.operation.startsWith('S3')) return [wire.path]
  if (!wire.operation.startsWith('DynamoDB')) return []
  return keysOf(wire)
    .filter(({ action }) => action !== 'Put' && action !== 'ConditionCheck')
    .filter(({ pk }) => /^t\/[^/]+\/(?!watch\/)/.test(pk))
    .map(({ action, pk }) => `${action} ${pk}`)
}

// biome-ignore lint/suspicious/noExplicitAny: as it goes over the wire
type Json = any

function keysOf({ operation, json }: WireRequest): { action: string; pk: string }[] {
  const given = json as Json
  const action = operation.slice('DynamoDB.'.length).replace(/Item$/, '')
  const pkOf = (item: Json) => item['pk']['S'] as string
  switch (operation) {
    case 'DynamoDB.TransactWriteItems':
      return (given['TransactItems'] as Json[]).map((part) => {
        const [[kind, of]] = Object.entries(part) as [[string, Json]]
        return { action: kind, pk: pkOf(of['Item'] ?? of['Key']) }
      })
    case 'DynamoDB.BatchGetItem':
      return (Object.values(given['RequestItems']) as Json[]).flatMap((table) =>
        (table['Keys'] as Json[]).map((key) => ({ action: 'Get', pk: pkOf(key) })),
      )
    case 'DynamoDB.Query': {
      const values = Object.values(given['ExpressionAttributeValues'] as Json) as { S: string }[]
      return [{ action, pk: values[0]!.S }]
    }
    default:
      return [{ action, pk: pkOf((given['Item'] ?? given['Key']) as Json) }]
  }
}
