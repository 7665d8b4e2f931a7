/** Two gateway tasks on one mailbox: what one session does, or the world sends, comes to a session of the other, by the change feed of AWS. */
import assert from 'node:assert/strict'
import { get } from 'node:https'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { AwsEngine } from '../../shared/engines/aws/engine.ts'
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import type { AccountId, TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { listAll } from '../../shared/ports/blobs.ts'
import { readLimits } from '../../shared/settings.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { type AwsWorld, startAwsWorld } from '../engines/aws/world.ts'
import { LineClient } from '../faults/line-client.ts'
import { recount } from '../faults/recount.ts'
import { skipWithoutEmulator } from './ministack.ts'
import { startTask, type TaskProcess } from './task-process.ts'

const TENANT = 'demo' as TenantId
const PASSWORD = 'a long password'
/** Less than the 60 s after which a session in IDLE looks by itself: it was told. */
const TOLD_MS = 20_000

interface Answer {
  status: number
  text: string
}

/** Under the certificate that the task made for itself. */
function askHttps(port: number, path: string, token: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    get({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    }).on('error', reject)
  })
}

describe('two gateways, one mailbox', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let store: Store
  let alice: AccountId
  let gateways: TaskProcess[]
  let here: LineClient
  let there: LineClient

  before(async () => {
    world = await startAwsWorld()
    engine = world.open()
    store = openStore(engine)
    await store.directory.createTenant(TENANT, 'Demonstration')
    await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
    alice = await store.directory.createAccount(TENANT, { localPart: 'alice', domain: 'demo.test' }, PASSWORD)
    for (const subject of ['one', 'two', 'three']) await arrive(subject)
    gateways = await Promise.all([1, 2].map(() => startTask('mailbox-gateway', world.resources)))
    ;[here, there] = (await Promise.all(gateways.map(signIn))) as [LineClient, LineClient]
  })
  after(async () => {
    for (const client of [here, there]) client?.close()
    await Promise.all((gateways ?? []).map((gateway) => gateway.end()))
    await world?.stop()
  })

  /** Accepted and indexed, as the ingress task and the function do. */
  async function arrive(subject: string): Promise<void> {
    await acceptMessage(
      store,
      {
        reversePath: 'carol@example.net',
        recipients: [{ address: 'alice@demo.test', accounts: [alice], tenant: TENANT }],
        body: '7BIT',
        smtputf8: false,
        client: { helo: 'c.example.net', remoteAddress: '192.0.2.1', hostName: 'mail.example.com', protocol: 'ESMTP' },
      },
      sourceOf(Buffer.from(`From: carol@example.net\r\nSubject: ${subject}\r\n\r\n${subject}\r\n`)),
    )
    const names = await Array.fromAsync(listAll(engine.blobs, `raw/${TENANT}/`), ({ name }) => name)
    for (const name of names) await indexMessage(store, name, readLimits({}))
  }

  async function signIn({ ports }: TaskProcess): Promise<LineClient> {
    const client = await LineClient.open(ports.imaps, { tls: true })
    await client.until('* OK')
    client.send(`a LOGIN alice@demo.test "${PASSWORD}"\r\n`)
    await client.until('a OK', 'a ')
    client.send('b SELECT INBOX\r\n')
    await client.until('b OK', 'b ')
    return client
  }

  /** All lines up to the tagged one, which has to be OK. */
  async function run(client: LineClient, command: string): Promise<string[]> {
    client.send(`x ${command}\r\n`)
    const lines: string[] = []
    for (;;) {
      const line = await client.line()
      if (line.startsWith('x OK')) return lines
      if (line.startsWith('x ')) throw new Error(line)
      lines.push(line)
    }
  }

  async function idle(client: LineClient): Promise<void> {
    client.send('i IDLE\r\n')
    await client.until('+ ', 'i ')
  }

  async function done(client: LineClient): Promise<void> {
    client.send('DONE\r\n')
    await client.until('i OK', 'i ')
  }

  function told(client: LineClient, begin: string): Promise<string> {
    return Promise.race([
      client.until(begin, '* BYE'),
      setTimeout(TOLD_MS, undefined, { ref: false }).then(() => {
        throw new Error(`nobody was told ${begin}`)
      }),
    ])
  }

  it('flags set here are seen there at the next command, and flags set there here in IDLE', async () => {
    await run(here, 'STORE 1 +FLAGS (\\Flagged)')
    assert.match((await run(there, 'NOOP')).join('\n'), /^\* 1 FETCH \(.*FLAGS \(\\Flagged.*\)/m)
    await idle(here)
    await run(there, 'STORE 2 +FLAGS (\\Seen $Forwarded)')
    assert.match(await told(here, '* 2 FETCH'), /\\Seen/)
    await done(here)
  })

  it('a message that comes is announced in both', async (test) => {
    await Promise.all([idle(here), idle(there)])
    await arrive('four')
    const since = performance.now()
    await Promise.all([told(here, '* 4 EXISTS'), told(there, '* 4 EXISTS')])
    test.diagnostic(`EXISTS ${Math.round(performance.now() - since)} ms after it was indexed`)
    await Promise.all([done(here), done(there)])
  })

  it('what is expunged here is gone there, by the numbers that it had there', async () => {
    await idle(there)
    await run(here, 'STORE 1,3 +FLAGS.SILENT (\\Deleted)')
    await run(here, 'EXPUNGE')
    const gone = [await told(there, '* '), await told(there, '* ')]
    while (gone.filter((line) => line.endsWith('EXPUNGE')).length < 2) gone.push(await told(there, '* '))
    assert.deepEqual(
      gone.filter((line) => line.endsWith('EXPUNGE')).toSorted(),
      // The highest first, or each after the other: both leave the second and the fourth.
      gone.includes('* 3 EXPUNGE') ? ['* 1 EXPUNGE', '* 3 EXPUNGE'] : ['* 1 EXPUNGE', '* 2 EXPUNGE'],
    )
    await done(there)
    const [first, second] = await Promise.all([here, there].map((client) => run(client, 'UID SEARCH ALL')))
    assert.deepEqual(first, ['* SEARCH 2 4'])
    assert.deepEqual(second, first)
  })

  it('both answer the HTTP API over TLS, and links lead to the bucket', async () => {
    const { token } = await store.tenant(TENANT).apiKeys.create({ name: 'tests', permission: 'full_access' })
    for (const { ports } of gateways) {
      assert.equal((await askHttps(ports.https, '/emails/receiving', 're_nobody')).status, 403)
      const listed = await askHttps(ports.https, '/emails/receiving', token)
      const [newest] = (JSON.parse(listed.text) as { data: { id: string; subject: string }[] }).data
      assert.equal(newest!.subject, 'four')
      const { raw } = JSON.parse((await askHttps(ports.https, `/emails/receiving/${newest!.id}`, token)).text)
      assert.ok(raw.download_url.startsWith(`${world.resources.endpoint}/${world.resources.bucket}/raw/${TENANT}/`))
      assert.match(raw.download_url, /X-Amz-Signature=/)
      assert.match(await (await fetch(raw.download_url)).text(), /\r\nSubject: four\r\n\r\nfour\r\n$/)
    }
  })

  it('both append and change at once: nothing is lost, and the totals are what is there', async () => {
    const append = async (client: LineClient, count: number) => {
      for (let at = 0; at < count; at += 1) {
        client.send('x APPEND INBOX (\\Seen) {8+}\r\nA: b\r\n\r\n\r\n')
        await client.until('x OK', 'x ')
        await run(client, `UID STORE 4 ${at % 2 === 0 ? '+' : '-'}FLAGS ($Label${at})`)
      }
    }
    await Promise.all([append(here, 5), append(there, 5)])
    const [first, second] = await Promise.all(
      [here, there].map(async (client) => {
        await run(client, 'NOOP')
        return (await run(client, 'UID FETCH 1:* (FLAGS MODSEQ)')).filter((line) => line.includes(' FETCH '))
      }),
    )
    assert.equal(first!.length, 12)
    const plain = (lines: string[]) => lines.map((line) => line.replace(/ ?\\Recent/, ''))
    assert.deepEqual(plain(second!), plain(first!))
    for (const [at, line] of first!.entries()) {
      // Each message is \Recent in one session at most (RFC 3501 §2.3.2).
      assert.ok(!(line.includes('\\Recent') && second![at]!.includes('\\Recent')), line)
    }
    assert.deepEqual((await recount(engine, [TENANT])).faults, [])
  })
})
