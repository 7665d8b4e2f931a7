/** A move from another server, as people make it: nested mailboxes of a real Dovecot, cut off twice on the way, and everything as it was. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ImapFlow } from 'imapflow'
import { encodeMailboxName } from '../../shared/codec/imap/mailbox-name.ts'
import type { Contender } from '../bench/contender.ts'
import { LineClient } from '../bench/line-client.ts'
import { isDovecotInstalled, startDovecot } from '../bench/peers/dovecot.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { PASSWORD, USER } from './client-scene.ts'

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url))
const MESSAGES = 2000
/** There, and what it is called here: "Sent Items" is marked as \Sent. */
const MAILBOXES: readonly [string, string][] = [
  ['INBOX', 'INBOX'],
  ['Projects', 'Projects'],
  ['Projects/2024', 'Projects/2024'],
  ['Projects/2024/Köln & Rhein', 'Projects/2024/Köln & Rhein'],
  ['Projects/2024/日本語', 'Projects/2024/日本語'],
  ['Sent Items', 'Sent'],
  ['Sent Items/2019', 'Sent/2019'],
  ['Lists', 'Lists'],
]
const FLAGS = [
  '',
  '\\Seen',
  '\\Seen \\Answered',
  '\\Flagged $Forwarded',
  '\\Seen \\Draft work',
  '\\Deleted',
  '\\Seen $label1',
]
const LARGE = new Map([
  [100, 700_000],
  [777, 3_000_000],
  [1500, 5_000_000],
])

interface Told {
  flags: string[]
  date: number
  digest: string
}

function octetsOf(number: number): Buffer {
  const head = `From: a${number}@example.net\r\nTo: ${USER}\r\nSubject: number ${number}\r\nMessage-ID: <${number}@old.test>\r\n\r\n`
  const line = `line of message ${number} with Umläuten and some more\r\n`
  const length = LARGE.get(number) ?? 200 + (number % 40) * 50
  return Buffer.from(head + line.repeat(Math.ceil(length / line.length)))
}

const flagsOf = (number: number) => FLAGS[number % FLAGS.length]!
const dateOf = (number: number) => Date.UTC(2015, 5, 1) + number * 3_600_123 - ((number * 3_600_123) % 1000)

function dateTime(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(' ')
  return `${day}-${month}-${year} ${time} +0000`
}

const digestOf = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex')

async function fillDovecot(dovecot: Contender): Promise<Map<string, Told[]>> {
  const told = new Map<string, Told[]>(MAILBOXES.map(([, here]) => [here, []]))
  const client = await LineClient.open(dovecot.ports['imap']!)
  await client.line()
  await client.command(`LOGIN ${dovecot.user} ${dovecot.password}`)
  for (const [index, [name, here]] of MAILBOXES.entries()) {
    const quoted = `"${encodeMailboxName(name, false)}"`
    if (name === 'Sent Items') await client.command(`CREATE ${quoted} (USE (\\Sent))`)
    else if (name !== 'INBOX') await client.command(`CREATE ${quoted}`)
    if (name === 'Lists') await client.command(`SUBSCRIBE ${quoted}`)
    const parts: Uint8Array[] = [Buffer.from(`x APPEND ${quoted}`)]
    for (let number = index; number < MESSAGES; number += MAILBOXES.length) {
      const octets = octetsOf(number)
      parts.push(Buffer.from(` (${flagsOf(number)}) "${dateTime(dateOf(number))}" {${octets.length}+}\r\n`), octets)
      told
        .get(here)!
        .push({ flags: flagsOf(number).split(' ').filter(Boolean), date: dateOf(number), digest: digestOf(octets) })
    }
    client.write(Buffer.concat([...parts, Buffer.from('\r\n')]))
    await client.tagged()
  }
  client.end()
  return told
}

describe('a migration from Dovecot', { skip: !(await isDovecotInstalled()) && 'dovecot not installed' }, () => {
  let dovecot: Contender
  let server: ServerProcess
  let told: Map<string, Told[]>
  let running: ChildProcess | undefined
  before(async () => {
    ;[dovecot, server] = await Promise.all([startDovecot(), startServerProcess()])
    told = await fillDovecot(dovecot)
  })
  after(async () => {
    running?.kill('SIGKILL')
    await Promise.all([dovecot?.stop(), server?.stop()])
  })

  function begin(...more: string[]) {
    const source = [
      '--host',
      '127.0.0.1',
      '--port',
      String(dovecot.ports['imaps']),
      '--user',
      dovecot.user,
      '--insecure',
    ]
    const args = [CLI, 'import', 'imap', USER, ...source, '--json', ...more]
    const env = {
      ...process.env,
      TUBEPOST_URL: `http://127.0.0.1:${server.ports['http']}`,
      TUBEPOST_KEY: 're_demo',
      TUBEPOST_IMPORT_PASSWORD: dovecot.password,
    }
    running = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    return running
  }

  async function finish(child: ChildProcess) {
    const out: Buffer[] = []
    const error: Buffer[] = []
    child.stdout!.on('data', (chunk) => out.push(chunk))
    child.stderr!.on('data', (chunk) => error.push(chunk))
    const [code] = await once(child, 'close')
    return {
      code,
      rows: out.length > 0 ? JSON.parse(Buffer.concat(out).toString()) : [],
      error: Buffer.concat(error).toString(),
    }
  }

  async function countHere(): Promise<number> {
    const url = `http://127.0.0.1:${server.ports['http']}/accounts/${USER}/mailboxes?limit=100`
    const { data } = (await (await fetch(url, { headers: { authorization: 'Bearer re_demo' } })).json()) as {
      data: { messages: number }[]
    }
    return data.reduce((sum, { messages }) => sum + messages, 0)
  }

  /** Kills the import once so many messages are here; the end of it all is no interruption. */
  async function interruptAt(count: number): Promise<void> {
    const child = begin()
    const ended = once(child, 'exit')
    while ((await countHere()) < count) assert.equal(child.exitCode, null, 'it ended before it was cut off')
    child.kill('SIGKILL')
    assert.equal((await ended)[1], 'SIGKILL')
  }

  const seeded = async () => (await countHere()) - MESSAGES

  test('is cut off, loses its server, and is resumed until all is here', { timeout: 120_000 }, async () => {
    const demonstration = await countHere()
    await interruptAt(demonstration + 300)
    await interruptAt(demonstration + 1000)
    await server.crash()
    const { code, rows, error } = await finish(begin())
    assert.deepEqual([code, error], [0, ''])
    const sum = (field: string) => rows.reduce((total: number, row: Record<string, number>) => total + row[field]!, 0)
    assert.equal(sum('messages'), MESSAGES)
    assert.equal(sum('imported') + sum('known'), MESSAGES)
    assert.ok(sum('known') >= 1000, `${sum('known')} known`)
    assert.equal(await seeded(), demonstration)
  })

  test('flags, dates and octets are as they were, in their order', async () => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: server.ports['imap']!,
      secure: false,
      tls: { rejectUnauthorized: false },
      auth: { user: USER, pass: PASSWORD },
      logger: false,
    })
    await client.connect()
    try {
      for (const [, here] of MAILBOXES) {
        await client.mailboxOpen(here, { readOnly: true })
        const found: Told[] = []
        for await (const message of client.fetch('1:*', { flags: true, internalDate: true, source: true })) {
          const flags = [...message.flags!].filter((flag) => flag !== '\\Recent').sort()
          found.push({ flags, date: new Date(message.internalDate!).getTime(), digest: digestOf(message.source!) })
        }
        const expected = told.get(here)!.map((one) => ({ ...one, flags: [...one.flags].sort() }))
        assert.deepEqual(found.slice(-expected.length), expected, here)
      }
      const listed = await client.list()
      assert.equal(listed.find(({ path }) => path === 'Lists')?.subscribed, true)
      assert.equal(listed.find(({ path }) => path === 'Sent')?.specialUse, '\\Sent')
      assert.ok(!listed.some(({ path }) => path === 'Sent Items'))
    } finally {
      await client.logout()
    }
  })

  test('once more brings nothing', async () => {
    const before = await countHere()
    const { code, rows } = await finish(begin())
    assert.equal(code, 0)
    assert.equal(
      rows.reduce((total: number, { imported }: { imported: number }) => total + imported, 0),
      0,
    )
    assert.equal(await countHere(), before)
  })

  test('a wrong password is one line', async () => {
    const { code, error } = await finish(begin('--password', 'wrong'))
    assert.equal(code, 1)
    assert.match(JSON.parse(error).message, /^127\.0\.0\.1:\d+ does not let us in: /)
  })
})
