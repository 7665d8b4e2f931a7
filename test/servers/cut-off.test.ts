/** What a client reads that is still at work when the grace of a drain is over: a last word, but in the middle of a response nothing. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { constants, createInflateRaw, deflateRawSync } from 'node:zlib'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import type { Blobs } from '../../shared/ports/blobs.ts'
import { serveImap } from '../../shared/servers/imap/serve-imap.ts'
import { servePop3 } from '../../shared/servers/pop3/serve-pop3.ts'
import { serveSmtp } from '../../shared/servers/smtp/serve-smtp.ts'
import { readLimits } from '../../shared/settings.ts'
import { openStore } from '../../shared/store/store.ts'
import { makeCertificates } from '../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'
import { type ListenOptions, listen } from '../../shared/transport/tcp.ts'
import { type House, message, openHouse, PASSWORD, SCAN } from '../house.ts'

const LARGE = message('large', `${'x'.repeat(76)}\r\n`.repeat(500_000))
const BYE = '* BYE [UNAVAILABLE] The server stops; come back in a moment\r\n'
const ERR = '-ERR [SYS/TEMP] the server stops; come back in a moment\r\n'
const STOPPING = '421 4.3.2 Service is about to stop, try again later\r\n'

let house: House
let certificates: ReturnType<typeof makeCertificates>
/** Contents are neither read nor written while it is closed. */
let gate: PromiseWithResolvers<void> | undefined
let waiting: PromiseWithResolvers<void>
let serving: Record<'smtp' | 'imap' | 'pop3', ListenOptions['serve']>

before(async () => {
  house = await openHouse()
  await appendMessages(house.demo, house.inbox, [{ source: sourceOf(LARGE), flags: NO_FLAGS }], SCAN)
  const { blobs } = house.engine
  async function passing(name: string): Promise<void> {
    if (!name.startsWith('raw/') || gate === undefined) return
    waiting.resolve()
    await gate.promise
  }
  const gated: Blobs = {
    ...blobs,
    async get(name, range) {
      await passing(name)
      return blobs.get(name, range)
    },
    async put(name, ...rest) {
      await passing(name)
      return blobs.put(name, ...rest)
    },
  }
  const store = openStore({ ...house.engine, blobs: gated })
  const services = { store, limits: readLimits({}), hostName: 'mx.demo.test', allowPlaintext: () => true }
  serving = {
    smtp: (connection) => serveSmtp(connection, { ...services, role: 'mx' }),
    imap: (connection) => serveImap(connection, services),
    pop3: (connection) => servePop3(connection, services),
  }
  certificates = makeCertificates([await makeSelfSigned(['localhost', '127.0.0.1'], Date.now())])
})
after(() => house.close())

interface Client {
  socket: ReturnType<typeof connect> | TLSSocket
  /** What came so far, or behind COMPRESS what it stands for. */
  received: string
  until(text: string): Promise<void>
  closed: Promise<void>
}

function clientOf(socket: Client['socket']): Client {
  const client: Client = {
    socket,
    received: '',
    async until(text) {
      for (const deadline = Date.now() + 10_000; !client.received.includes(text); ) {
        assert.ok(Date.now() < deadline, `no ${text} in ${client.received.slice(-500)}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
  socket.on('data', (chunk: Buffer) => {
    client.received += chunk.toString('latin1')
  })
  socket.on('error', () => socket.destroy())
  return client
}

interface Case {
  name: string
  door: 'smtp' | 'imap' | 'pop3'
  tls?: true
  /** Contents wait for ever from here on; the client has done its part when one does. */
  stuck?: true
  /** What it says, each time when the last answer has come. */
  says: readonly (readonly [say: string, answer: string])[]
  /** Then, without an answer. */
  last: string
  /** The last that it reads. */
  reads: string
}

const OPENING = [
  ['', '220 '],
  ['EHLO c.test\r\nMAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<alice@demo.test>\r\n', '250 2.1.5'],
] as const
const LOGIN = [
  ['', '* OK'],
  [`a LOGIN alice@demo.test ${PASSWORD}\r\n`, 'a OK'],
] as const
const PASS = [
  ['', '+OK'],
  [`USER alice@demo.test\r\nPASS ${PASSWORD}\r\n`, '+OK maildrop'],
] as const

const CASES: readonly Case[] = [
  { name: 'in DATA', door: 'smtp', says: [...OPENING, ['DATA\r\n', '354 ']], last: 'Subject: x\r\n', reads: STOPPING },
  {
    name: 'in DATA under TLS',
    door: 'smtp',
    tls: true,
    says: [...OPENING, ['DATA\r\n', '354 ']],
    last: 'Subject: x\r\n',
    reads: STOPPING,
  },
  { name: 'in BDAT', door: 'smtp', says: OPENING, last: 'BDAT 100 LAST\r\nSubject: x\r\n', reads: STOPPING },
  {
    name: 'while a message is put',
    door: 'smtp',
    stuck: true,
    says: [...OPENING, ['DATA\r\n', '354 ']],
    last: 'Subject: x\r\n\r\n.\r\nNOOP\r\n',
    reads: STOPPING,
  },
  {
    name: 'in the literal of APPEND',
    door: 'imap',
    says: [...LOGIN, ['b APPEND INBOX {1000}\r\n', '+ ']],
    last: 'Subject: x\r\n',
    reads: BYE,
  },
  {
    name: 'while an APPEND is put',
    door: 'imap',
    stuck: true,
    says: LOGIN,
    last: 'b APPEND INBOX {12+}\r\nSubject: x\r\n\r\n',
    reads: BYE,
  },
  {
    name: 'while RETR has not begun',
    door: 'pop3',
    stuck: true,
    says: [
      ['', '+OK'],
      [`USER alice@demo.test\r\nPASS ${PASSWORD}\r\n`, '+OK maildrop'],
      ['NOOP\r\n', '+OK'],
    ],
    last: 'RETR 1\r\n',
    reads: ERR,
  },
]

for (const { name, door, tls, stuck, says, last, reads } of CASES) {
  test(`${door}: ${name}`, async () => {
    const listener = await listen({
      ...{ host: '127.0.0.1', port: 0, certificates, tls: tls ? 'implicit' : 'starttls', lingerMs: 5000 },
      ...{ limits: readLimits({}), serve: serving[door] },
    })
    const { port } = listener
    const client = clientOf(
      tls ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect({ port, host: '127.0.0.1' }),
    )
    for (const [say, answer] of says) {
      const before = client.received.length
      if (say !== '') client.socket.write(say)
      await client.until(answer)
      while (client.received.length === before) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    waiting = Promise.withResolvers()
    if (stuck) gate = Promise.withResolvers()
    const said = client.received
    client.socket.write(last)
    if (stuck) await waiting.promise
    const startedMs = performance.now()
    const drained = listener.drain({ graceMs: 300 })
    await client.closed
    assert.equal(client.received.slice(said.length), reads)
    assert.ok(performance.now() - startedMs < 4000, 'the words end the connection')
    gate?.resolve()
    gate = undefined
    await drained
    assert.equal(listener.open, 0)
  })
}

for (const [door, says, ask, beginning] of [
  ['imap', [...LOGIN, ['b SELECT INBOX\r\n', 'b OK']], 'c FETCH 1 (UID BODY.PEEK[])\r\n', '* 1 FETCH'],
  ['pop3', PASS, 'RETR 1\r\n', ' octets\r\n'],
] as const) {
  test(`${door}: in the middle of a message that is sent, nothing`, async () => {
    const listener = await listen({
      ...{ host: '127.0.0.1', port: 0, lingerMs: 5000 },
      ...{ limits: readLimits({}), serve: serving[door] },
    })
    const client = clientOf(connect({ port: listener.port, host: '127.0.0.1' }))
    for (const [say, answer] of says) {
      if (say !== '') client.socket.write(say)
      await client.until(answer)
    }
    const said = client.received.length
    client.socket.write(ask)
    await client.until(beginning)
    client.socket.pause()
    const drained = listener.drain({ graceMs: 300 })
    await drained
    client.socket.resume()
    await client.closed
    const response = client.received.slice(said)
    assert.ok(response.length < LARGE.length, 'it was cut off')
    assert.match(response.slice(-100), /^(x|\r|\n)+$/, 'and the last octets are of the message')
  })
}

test('imap under COMPRESS: the last words are deflated as all others', async () => {
  const listener = await listen({
    ...{ host: '127.0.0.1', port: 0, lingerMs: 5000, limits: readLimits({}) },
    serve: serving.imap,
  })
  const client = clientOf(connect({ port: listener.port, host: '127.0.0.1' }))
  for (const [say, answer] of LOGIN) {
    if (say !== '') client.socket.write(say)
    await client.until(answer)
  }
  client.socket.write('b COMPRESS DEFLATE\r\n')
  await client.until('b OK')
  client.socket.removeAllListeners('data')
  const inflate = createInflateRaw()
  client.received = ''
  inflate.on('data', (chunk: Buffer) => {
    client.received += chunk.toString('latin1')
  })
  client.socket.on('data', (chunk: Buffer) => inflate.write(chunk))
  const say = (text: string) =>
    client.socket.write(deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, windowBits: 15 }))
  say('c NOOP\r\n')
  await client.until('c OK')
  say('d APPEND INBOX {1000}\r\n')
  await client.until('+ ')
  const said = client.received.length
  say('Subject: x\r\n')
  const drained = listener.drain({ graceMs: 300 })
  await client.closed
  await drained
  await client.until('BYE')
  assert.equal(client.received.slice(said), BYE)
})

test('between STARTTLS and the end of its handshake nothing is said in plain text', async () => {
  const listener = await listen({
    ...{ host: '127.0.0.1', port: 0, certificates, tls: 'starttls', lingerMs: 5000, limits: readLimits({}) },
    serve: serving.smtp,
  })
  const client = clientOf(connect({ port: listener.port, host: '127.0.0.1' }))
  await client.until('220 ')
  client.socket.write('EHLO c.test\r\nSTARTTLS\r\n')
  await client.until('220 2.0.0')
  const said = client.received
  const drained = listener.drain({ graceMs: 200 })
  await client.closed
  await drained
  assert.equal(client.received, said)
})
