/** Clients as people have them, on real sockets. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { removeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { type House, message, openHouse, PASSWORD, SCAN } from '../../house.ts'
import { Pop3Client } from './pop3-client.ts'
import { type Pop3Server, startPop3 } from './pop3-server.ts'

const run = promisify(execFile)
const MESSAGES = [
  message('one', '.\r\n..\r\n.a\r\nlast line\r\n'),
  message('two', 'Zwei.\r\n'),
  message('three', 'without an end'),
]
/** As they are sent: a last line without its CR LF gets one, which counts. */
const SENT_OCTETS = MESSAGES.map((octets) => octets.length + (Buffer.from(octets).toString().endsWith('\r\n') ? 0 : 2))

let house: House
let server: Pop3Server
let folder: string
before(async () => {
  house = await openHouse()
  server = await startPop3(house.store)
  folder = await mkdtemp(join(tmpdir(), 'tubepost-clients-'))
  await writeFile(join(folder, 'certificate'), server.certificate)
})
after(async () => {
  await server.close()
  await house.close()
  await rm(folder, { recursive: true })
})

beforeEach(async () => {
  await house.demo.replicas.use(house.inbox, (replica) =>
    removeMessages(house.demo, replica, () =>
      Array.from({ length: replica.messages.count }, (_, row) => replica.messages.uidAt(row)),
    ),
  )
  const appended = MESSAGES.map((octets) => ({ source: sourceOf(octets), flags: NO_FLAGS }))
  await appendMessages(house.demo, house.inbox, appended, SCAN)
})

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await run('curl', ['-sS', '-4', '--max-time', '20', ...args], { encoding: 'latin1' })
  return stdout
}

const USER = ['-u', `alice@demo.test:${PASSWORD}`]

test('curl lists, retrieves and deletes, plain, with STLS and with TLS from the start', async () => {
  const trusted = ['--cacert', join(folder, 'certificate')]
  for (const [url, tls] of [
    [`pop3://localhost:${server.plain.port}/`, []],
    [`pop3://localhost:${server.plain.port}/`, ['--ssl-reqd', ...trusted]],
    [`pop3s://localhost:${server.implicit.port}/`, trusted],
  ] as const) {
    const list = await curl(...tls, ...USER, url)
    assert.equal(list, SENT_OCTETS.map((octets, index) => `${index + 1} ${octets}\r\n`).join(''))
    assert.equal(await curl(...tls, ...USER, `${url}1`), Buffer.from(MESSAGES[0]!).toString('latin1'))
    assert.match(
      await curl(...tls, ...USER, '-X', 'UIDL', url),
      /^1 [0-9a-f-]{36}\r\n2 [0-9a-f-]{36}\r\n3 [0-9a-f-]{36}\r\n$/,
    )
  }
  await curl(...USER, '-X', 'DELE 2', '-I', `pop3://localhost:${server.plain.port}/`)
  assert.match(await curl(...USER, `pop3://localhost:${server.plain.port}/`), /^1 [0-9]+\r\n2 [0-9]+\r\n$/)
})

test('curl signs in by each mechanism', async () => {
  for (const mechanism of ['PLAIN', 'LOGIN']) {
    const url = `pop3://localhost:${server.plain.port}/`
    assert.match(await curl(...USER, '--login-options', `AUTH=${mechanism}`, url), /^1 /)
    assert.match(await curl(...USER, '--sasl-ir', '--login-options', `AUTH=${mechanism}`, url), /^1 /)
  }
})

const POPLIB = `
import json, poplib, ssl, sys
port, implicit, certificate, password = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=certificate)
found = {}
p = poplib.POP3('localhost', port, timeout=20)
found['capabilities'] = sorted(p.capa())
p.stls(context)
p.utf8()
p.user('alice@demo.test'); p.pass_(password)
found['stat'] = p.stat()
found['list'] = [line.decode() for line in p.list()[1]]
found['uidl'] = [line.decode() for line in p.uidl()[1]]
found['top'] = [line.decode() for line in p.top(1, 1)[1]]
found['retr'] = [[line.decode() for line in p.retr(n)[1]] for n in (1, 2, 3)]
p.dele(1); p.rset(); p.dele(2); p.noop()
p.quit()
p = poplib.POP3_SSL('localhost', implicit, timeout=20, context=context)
p.user('alice@demo.test'); p.pass_(password)
found['left'] = [line.decode().split(' ')[1] for line in p.uidl()[1]]
p.quit()
print(json.dumps(found))
`

test("Python's poplib: download and keep, download and delete", async () => {
  const ports = [String(server.plain.port), String(server.implicit.port)]
  const { stdout } = await run('python3', ['-c', POPLIB, ...ports, join(folder, 'certificate'), PASSWORD])
  const found = JSON.parse(stdout)
  const total = SENT_OCTETS.reduce((sum, octets) => sum + octets, 0)
  assert.deepEqual(found.stat, [3, total])
  assert.deepEqual(
    found.list,
    SENT_OCTETS.map((octets, index) => `${index + 1} ${octets}`),
  )
  const lines = (text: Uint8Array) => Buffer.from(text).toString('latin1').replace(/\r\n$/, '').split('\r\n')
  assert.deepEqual(found.retr, MESSAGES.map(lines))
  assert.deepEqual(found.top, lines(MESSAGES[0]!).slice(0, 5))
  const ids = found.uidl.map((line: string) => line.split(' ')[1])
  assert.deepEqual(found.left, [ids[0], ids[2]])
  assert.ok(['STLS', 'TOP', 'UIDL', 'USER', 'PIPELINING', 'SASL'].every((name) => found.capabilities.includes(name)))
})

/** The client's side of RFC 5802 §3. */
async function scram(client: Pop3Client, user: string, password: string): Promise<string> {
  const bare = `n=${user},r=clientnonce`
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const challenge = await client.command(`AUTH SCRAM-SHA-256 ${base64(`n,,${bare}`)}`)
  const serverFirst = Buffer.from(challenge.slice(2), 'base64').toString()
  const [nonce, salt, iterations] = serverFirst.split(',').map((field) => field.slice(2))
  assert.ok(nonce!.startsWith('clientnonce') && nonce!.length > 20)
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256')
  const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()
  const clientKey = hmac(salted, 'Client Key')
  const withoutProof = `c=biws,r=${nonce}`
  const authMessage = `${bare},${serverFirst},${withoutProof}`
  const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage)
  const proof = Buffer.from(clientKey.map((octet, index) => octet ^ signature[index]!))
  const answer = await client.command(base64(`${withoutProof},p=${proof.toString('base64')}`))
  if (!answer.startsWith('+ ')) return answer
  const expected = `v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`
  assert.equal(Buffer.from(answer.slice(2), 'base64').toString(), expected)
  return client.command('')
}

test('SCRAM-SHA-256: both sides prove that they know the password', async () => {
  const client = await Pop3Client.open(server.plain.port)
  assert.match(await scram(client, 'alice@demo.test', 'wrong'), /^-ERR \[AUTH\]/)
  assert.match(await scram(client, 'nobody@demo.test', PASSWORD), /^-ERR \[AUTH\]/)
  assert.match(await scram(client, 'alice@demo.test', PASSWORD), /^\+OK maildrop has 3 messages/)
  await client.command('QUIT')
})
