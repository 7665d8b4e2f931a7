import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { type AwsEngine, openAwsEngine } from '../../shared/engines/aws/engine.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { readWhole } from '../../shared/ports/blob-source.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { type Emulator, skipWithoutEmulator, startEmulator } from '../aws/ministack.ts'
import { makeResources, type Resources } from '../aws/resources.ts'
import { event, loadHandler } from './deployed-function.ts'

const TENANT = 'demo' as TenantId
// biome-ignore lint/suspicious/noExplicitAny: as SES says it
type DoorNotice = any
const KEY = 'door/o3vrnil0e2ic28tr0jr1p2q3r4s5t6u7v8w9x0y1'
const TEXT =
  'Authentication-Results: mail.example.com; spf=pass smtp.mailfrom=forged.example\r\n' +
  'Authentication-Results: amazonses.com; spf=pass\r\nFrom: carol@example.net\r\n\r\nHello.\r\n'

describe('the door of SES', { skip: skipWithoutEmulator }, () => {
  let emulator: Emulator

  before(async () => {
    emulator = await startEmulator()
  })
  after(() => emulator?.stop())

  for (const folder of ['ses-door', 'door-only']) {
    describe(folder, () => {
      let resources: Resources
      let engine: AwsEngine
      let store: Store
      let s3: S3Client

      before(async () => {
        resources = await makeResources(emulator)
        engine = openAwsEngine(resources)
        const { endpoint, region, credentials } = resources
        s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
        store = openStore(engine)
        await store.directory.createTenant(TENANT, 'Demonstration')
        await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
        await store.directory.createAccount(TENANT, { localPart: 'alice', domain: 'demo.test' }, 'a long password')
      })
      after(async () => {
        s3.destroy()
        await engine.close()
      })

      /** As SES does, without a digest. */
      const layAtDoor = (text = TEXT) =>
        s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key: KEY, Body: text }))
      const atDoor = async () => (await engine.blobs.list('door/')).length
      const arrived = async () => (await engine.blobs.list(`raw/${TENANT}/`)).map(({ name }) => name)

      test('a message comes in once, whatever is repeated, with the verdicts of SES and no others in our name', async () => {
        const handler = await loadHandler(folder, resources)
        const done = { batchItemFailures: [] }
        assert.deepEqual(await handler(event('ses-door/setup')), done)
        assert.deepEqual(await handler(event('ses-door/received')), done, 'its object is not there')
        assert.deepEqual(await arrived(), [])
        // A repeat after a crash finds the object at the door once more.
        for (let times = 0; times < 2; times++) {
          await layAtDoor()
          assert.deepEqual(await handler(event('ses-door/received')), done)
          assert.equal(await atDoor(), 0)
        }
        const names = await arrived()
        assert.equal(names.length, 1)
        const info = (await engine.blobs.head(names[0]!))!
        const { reversePath, recipients, receivedAt, junk } = await store.tenant(TENANT).envelopes.of(info)
        assert.equal(reversePath, 'carol@example.net')
        assert.deepEqual(
          recipients.map(({ address }) => address),
          ['alice@demo.test'],
          'bob does not exist',
        )
        assert.equal(receivedAt, Date.parse('2026-11-23T10:00:00.000Z'))
        assert.equal(junk, undefined)
        const text = Buffer.from((await readWhole(engine.blobs, names[0]!))!).toString()
        assert.match(text, /^Return-Path: <carol@example.net>\r\nReceived: /)
        assert.match(text, /\r\nAuthentication-Results: mail.example.com; spf=pass\s+smtp.mailfrom=carol@example.net;/)
        assert.doesNotMatch(text, /forged\.example/)
        assert.match(text, /\r\nAuthentication-Results: amazonses.com; spf=pass\r\nFrom: carol@/)
      })

      test('what fails the checks is delivered into Junk', async () => {
        const handler = await loadHandler(folder, resources)
        await engine.blobs.delete((await arrived())[0]!)
        await layAtDoor()
        assert.deepEqual(await handler(event('ses-door/failed-verdicts')), { batchItemFailures: [] })
        const info = (await engine.blobs.head((await arrived())[0]!))!
        assert.equal((await store.tenant(TENANT).envelopes.of(info)).junk, true)
      })

      test('who wrote to nobody here is told once a week, where SPF speaks for the address, and nobody else is', async () => {
        const handler = await loadHandler(folder, resources)
        const reports = async () => (await engine.blobs.list(`outbox/${TENANT}/`)).map(({ name }) => name)
        const nobody = (id: string, from: string, change: (notice: DoorNotice) => void = () => undefined) => {
          const given = event('ses-door/received')
          const notice = JSON.parse(given.Records[0].body)
          notice.receipt.recipients = ['nobody@demo.test', 'stranger@elsewhere.example']
          notice.mail.messageId = id
          notice.mail.source = from
          change(notice)
          given.Records[0].body = JSON.stringify(notice)
          return given
        }
        const before = await reports()
        const silent: [string, (notice: DoorNotice) => void, string?][] = [
          ['no SPF', ({ receipt }) => (receipt.spfVerdict.status = 'GRAY')],
          ['spam', ({ receipt }) => (receipt.spamVerdict.status = 'FAIL')],
          ['a null reverse-path', ({ mail }) => (mail.source = '')],
          ['a list', () => undefined, `List-Id: <l.example.net>\r\n${TEXT}`],
          ['an auto-reply', () => undefined, `Auto-Submitted: auto-replied\r\n${TEXT}`],
        ]
        for (const [what, change, text] of silent) {
          await layAtDoor(text)
          const from = `${what.replaceAll(' ', '-')}@example.net`
          assert.deepEqual(await handler(nobody(what, from, change)), { batchItemFailures: [] }, what)
          assert.deepEqual(await reports(), before, what)
        }
        for (const id of ['one', 'one', 'two']) {
          await layAtDoor()
          assert.deepEqual(await handler(nobody(id, 'dora@example.net')), { batchItemFailures: [] })
        }
        const made = (await reports()).filter((name) => !before.includes(name))
        assert.equal(made.length, 1)
        const report = Buffer.from((await readWhole(engine.blobs, made[0]!))!).toString()
        assert.match(report, /\r\nTo: <dora@example.net>\r\n/)
        assert.match(report, /\r\nAuto-Submitted: auto-replied\r\n/)
        assert.match(report, /\r\nFinal-Recipient: rfc822; nobody@demo.test\r\nAction: failed\r\nStatus: 5.1.1\r\n/)
        assert.doesNotMatch(report, /stranger@/)
        assert.equal(await atDoor(), 0)
      })

      test('a notice that names another object than one at the door fails, and reads nothing', async () => {
        const handler = await loadHandler(folder, resources)
        const given = event('ses-door/received')
        given.Records[0].body = given.Records[0].body.replace(`"${KEY}"`, `"raw/${TENANT}/x"`)
        assert.equal((await handler(given)).batchItemFailures.length, 1)
      })
    })
  }

  test('door-only: from the door into the mailbox, and out again', async () => {
    const resources = await makeResources(emulator)
    const engine = openAwsEngine(resources)
    const { endpoint, region, credentials } = resources
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
    try {
      const store = openStore(engine)
      await store.directory.createTenant(TENANT, 'Demonstration')
      await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
      const address = { localPart: 'alice', domain: 'demo.test' }
      const alice = await store.directory.createAccount(TENANT, address, 'a long password')
      const handler = await loadHandler('door-only', resources)
      await s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key: KEY, Body: TEXT }))
      const done = { batchItemFailures: [] }
      assert.deepEqual(await handler(event('ses-door/received')), done)
      const [arrival] = await engine.blobs.list(`raw/${TENANT}/`)
      const announced = event('index-message/created')
      announced.Records[0].body = JSON.stringify({ Records: [{ s3: { object: { key: arrival!.name } } }] })
      assert.deepEqual(await handler(announced), done)
      const own = store.tenant(TENANT)
      const inbox = await own.mailboxes.mailbox(alice, ['INBOX'])
      assert.equal((await own.journal.newest(inbox)).totals.exists, 1)
      const job = event('fold/fold')
      job.Records[0].body = JSON.stringify({ kind: 'fold', mailbox: inbox })
      assert.deepEqual(await handler(job), done)
      assert.notEqual((await engine.blobs.list(`index/${inbox}/`)).length, 0)
      for (const file of ['index-message/gone', 'send-message/created', 'feedback/bounce']) {
        assert.deepEqual(await handler(event(file)), done, file)
      }
      const garbage = event('index-message/garbage')
      assert.equal((await handler(garbage)).batchItemFailures.length, 2)
    } finally {
      s3.destroy()
      await engine.close()
    }
  })
})
