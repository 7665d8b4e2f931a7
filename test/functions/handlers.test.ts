import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AwsEngine, openAwsEngine } from '../../shared/engines/aws/engine.ts'
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import { submitMessage } from '../../shared/flows/outgoing/submit-message.ts'
import type { AccountId, ContentId, MailboxId, TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import type { SqsBatchResponse } from '../../shared/transport/lambda-batch.ts'
import { type Emulator, skipWithoutEmulator, startEmulator } from '../aws/ministack.ts'
import { makeResources, type Resources } from '../aws/resources.ts'
import { contentOf, event, loadHandler } from './deployed-function.ts'

const TENANT = 'demo' as TenantId
const CLIENT = {
  helo: 'client.example.net',
  remoteAddress: '192.0.2.1',
  hostName: 'mail.example.com',
  protocol: 'ESMTP',
}

describe('bundled handlers, fed from events/', { skip: skipWithoutEmulator }, () => {
  let emulator: Emulator
  let resources: Resources
  let engine: AwsEngine
  let store: Store
  let alice: AccountId
  let inbox: MailboxId

  before(async () => {
    emulator = await startEmulator()
    resources = await makeResources(emulator)
    engine = openAwsEngine(resources)
    store = openStore(engine)
    await store.directory.createTenant(TENANT, 'Demonstration')
    await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
    alice = await store.directory.createAccount(TENANT, { localPart: 'alice', domain: 'demo.test' }, 'a long password')
    inbox = await store.tenant(TENANT).mailboxes.mailbox(alice, ['INBOX'])
  })

  after(async () => {
    await engine?.close()
    await emulator?.stop()
  })

  async function exists(): Promise<number> {
    return (await store.tenant(TENANT).journal.newest(inbox)).totals.exists
  }

  /** Accepted as the nth content that the events name, now. */
  async function accept(number: number): Promise<void> {
    const transaction = {
      reversePath: 'carol@example.net',
      recipients: [{ address: 'alice@demo.test', accounts: [alice], tenant: TENANT }],
      body: '7BIT' as const,
      smtputf8: false,
      client: CLIENT,
      repeatable: { content: contentOf(number) as ContentId, receivedAt: Date.now() },
    }
    await acceptMessage(
      store,
      transaction,
      sourceOf(Buffer.from(`From: carol@example.net\r\n\r\nMessage ${number}.\r\n`)),
    )
  }

  test('index-message: each arrival once, whatever is repeated, and what fails by itself', async () => {
    const handler = await loadHandler('index-message', resources)
    for (const number of [1, 2, 3]) await accept(number)
    const rows: [file: string, failures: number[], exists: number][] = [
      ['test-event', [], 0],
      ['created', [], 1],
      ['created', [], 1],
      ['swept', [], 1],
      ['encoded-name', [], 1],
      ['gone', [], 1],
      ['several-in-one', [], 2],
      ['garbage', [0, 2], 2],
      ['several', [], 3],
    ]
    for (const [file, failures, found] of rows) {
      const given = event(`index-message/${file}`)
      const { batchItemFailures } = await handler(given)
      const expected = failures.map((index) => ({ itemIdentifier: given.Records[index].messageId }))
      assert.deepEqual(batchItemFailures, expected, file)
      assert.equal(await exists(), found, file)
    }
  })

  test('send-message: what was submitted is captured, once', async () => {
    const handler = await loadHandler('send-message', resources)
    assert.deepEqual(await handler(event('send-message/test-event')), { batchItemFailures: [] })
    const content = await submit()
    const given = event('send-message/created')
    given.Records[0].body = given.Records[0].body.replace(contentOf(4), content)
    for (let times = 0; times < 2; times++) assert.deepEqual(await handler(given), { batchItemFailures: [] })
    const captured = await engine.blobs.list('captured/demo/')
    assert.deepEqual(
      captured.map(({ name }) => name),
      [`captured/demo/${content}`],
    )
  })

  function submit(): Promise<string> {
    return submitMessage(
      store,
      {
        account: alice,
        reversePath: 'alice@demo.test',
        recipients: ['carol@example.net'],
        leavesTheHouse: true,
        body: '7BIT',
        smtputf8: false,
        client: CLIENT,
      },
      sourceOf(Buffer.from('From: alice@demo.test\r\nTo: carol@example.net\r\n\r\nHello.\r\n')),
    )
  }

  test('fold: a snapshot of the mailbox', async () => {
    const handler = await loadHandler('fold', resources)
    const given = event('fold/fold')
    given.Records[0].body = given.Records[0].body.replace('demo/alice/inbox', inbox)
    assert.deepEqual(await handler(given), { batchItemFailures: [] })
    assert.notEqual((await engine.blobs.list(`index/${inbox}/`)).length, 0)
  })

  test('feedback: a bounce is told to the sender once, whatever is repeated', async () => {
    const send = await loadHandler('send-message', resources)
    const handler = await loadHandler('feedback', resources)
    const content = await submit()
    const about = (file: string) => {
      const given = event(file)
      given.Records[0].body = given.Records[0].body.replaceAll(contentOf(4), content)
      return given
    }
    assert.deepEqual(await send(about('send-message/created')), { batchItemFailures: [] })
    const arrived = async () => (await engine.blobs.list('raw/demo/')).length
    const before = await arrived()
    for (const file of ['delivery-delay', 'delivery', 'complaint']) {
      assert.deepEqual(await handler(about(`feedback/${file}`)), { batchItemFailures: [] }, file)
    }
    assert.equal(await arrived(), before)
    for (const file of ['bounce', 'bounce', 'transient-bounce', 'delivery']) {
      assert.deepEqual(await handler(about(`feedback/${file}`)), { batchItemFailures: [] }, file)
    }
    assert.equal(await arrived(), before + 1)
  })

  test('who complained gets nothing more: it is not sent, and the sender is told', async () => {
    const send = await loadHandler('send-message', resources)
    const content = (await submit()) as ContentId
    const given = event('send-message/created')
    given.Records[0].body = given.Records[0].body.replace(contentOf(4), content)
    assert.deepEqual(await send(given), { batchItemFailures: [] })
    assert.equal(await engine.blobs.head(`captured/demo/${content}`), undefined)
    const state = await store.tenant(TENANT).outbound.get(content)
    assert.deepEqual(
      state?.outcomes.map(({ recipient, outcome, suppressed }) => [recipient, outcome, suppressed]),
      [['carol@example.net', 'failed', true]],
    )
  })

  test('sweep and reclaim: nothing young is touched', async () => {
    const sweep = await loadHandler<object>('sweep', resources)
    assert.deepEqual(await sweep(event('sweep/hourly')), { arrivals: 0, outgoing: 0, jobs: 0 })
    const reclaim = await loadHandler<object>('reclaim', resources)
    assert.deepEqual(await reclaim(event('reclaim/daily')), { contents: 0, tokens: 0 })
    assert.equal(await exists(), 3)
  })

  test('a job for nobody fails, and comes again', async () => {
    const handler = await loadHandler<SqsBatchResponse>('fold', resources)
    const given = event('fold/fold')
    given.Records[0].body = '{"kind":"fold"}'
    assert.equal((await handler(given)).batchItemFailures.length, 1)
  })
})
