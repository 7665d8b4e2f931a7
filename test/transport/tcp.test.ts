import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Connection, DisconnectedError, DrainError, IdleTimeoutError } from '../../shared/servers/connection.ts'
import { type Certificates, makeCertificates } from '../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'
import { type Listener, type ListenOptions, listen } from '../../shared/transport/tcp.ts'

let certificates: Certificates
const listeners: Listener[] = []

before(async () => {
  certificates = makeCertificates([await makeSelfSigned(['localhost', '127.0.0.1'], Date.now())])
})
after(async () => {
  await Promise.all(listeners.map((listener) => listener.drain({ graceMs: 0 })))
})

async function start(serve: ListenOptions['serve'], options: Partial<ListenOptions> = {}): Promise<Listener> {
  const limits = { connections: 1000, connectionsPerIp: 1000 }
  const listener = await listen({ host: '127.0.0.1', port: 0, limits, lingerMs: 200, serve, ...options })
  listeners.push(listener)
  return listener
}

async function client(listener: Listener): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

/** Everything until the server closes. */
async function rest(socket: Socket | TLSSocket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += (chunk as Buffer).toString('latin1')
  return text
}

async function until(socket: Socket | TLSSocket, ending: string): Promise<string> {
  let text = ''
  while (!text.endsWith(ending)) {
    const chunk = socket.read() as Buffer | null
    if (chunk !== null) text += chunk.toString('latin1')
    else await once(socket, 'readable')
  }
  return text
}

async function echo(connection: Connection): Promise<void> {
  for (let chunk = await connection.read(5000); chunk !== undefined; chunk = await connection.read(5000)) {
    await connection.write(chunk)
  }
  await connection.write('bye')
}

test('a client that closes its side still gets its answers', async () => {
  const socket = await client(await start(echo))
  socket.end('hello ')
  assert.equal(await rest(socket), 'hello bye')
})

test('a client that says nothing for too long', async () => {
  const outcome = Promise.withResolvers<unknown>()
  const listener = await start(async (connection) => {
    outcome.resolve(await connection.read(50).catch((error) => error))
  })
  const socket = await client(listener)
  assert.ok((await outcome.promise) instanceof IdleTimeoutError)
  socket.end()
  assert.equal(await rest(socket), '')
})

test('a client that resets is no error but the end of its session', async () => {
  const outcome = Promise.withResolvers<{ error: unknown; reason: unknown; write: unknown }>()
  const listener = await start(async (connection) => {
    const error = await connection.read(5000).catch((error) => error)
    const write = await connection.write('x').catch((error) => error)
    outcome.resolve({ error, reason: connection.signal.reason, write })
  })
  const socket = await client(listener)
  socket.resetAndDestroy()
  const { error, reason, write } = await outcome.promise
  assert.ok(error instanceof DisconnectedError)
  assert.equal(reason, error)
  assert.equal(write, error)
})

test('a client that does not read costs a fixed buffer, and the session waits', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  let sent = 0
  let unsent = 0
  const gaveUp = Promise.withResolvers<void>()
  const listener = await start(
    async (connection) => {
      connection.signal.addEventListener('abort', () => gaveUp.resolve())
      for (;;) {
        unsent = Math.max(unsent, connection.unsentOctets)
        await connection.write(chunk)
        sent += chunk.length
      }
    },
    { stalledMs: 300 },
  )
  const socket = await client(listener)
  socket.pause()
  await gaveUp.promise
  assert.ok(unsent <= 2 * chunk.length, `${unsent} octets waited`)
  // What the two kernels hold is all that was written.
  assert.ok(sent < 64 * 1024 * 1024)
  socket.destroy()
})

test('octets whose memory holds others as soon as they are written arrive as they were', async () => {
  const sizes = [128 * 1024, 1, 70_000, 128 * 1024, 20_000, 128 * 1024]
  const rounds = 40
  const serve = async (connection: Connection) => {
    const chunk = Buffer.alloc(128 * 1024)
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, size] of sizes.entries()) {
        chunk.fill(97 + ((round + index) % 26))
        await connection.writeFleeting(chunk.subarray(0, size))
      }
    }
    chunk.fill('-')
  }
  const wanted = Array.from({ length: rounds }, (_, round) =>
    sizes.map((size, index) => String.fromCharCode(97 + ((round + index) % 26)).repeat(size)).join(''),
  ).join('')
  for (const tls of [undefined, 'implicit'] as const) {
    const listener = await start(serve, tls === undefined ? {} : { tls, certificates })
    const socket = await client(listener)
    const reader = tls === undefined ? socket : connectTls({ socket, rejectUnauthorized: false })
    // So slow at first that what is written has to wait.
    reader.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.ok((await rest(reader)) === wanted, tls ?? 'plain')
  }
})

test('a session that does not read makes its client wait', async () => {
  const go = Promise.withResolvers<void>()
  const total = 32 * 1024 * 1024
  let received = 0
  const listener = await start(async (connection) => {
    await go.promise
    for (let chunk = await connection.read(5000); chunk !== undefined; chunk = await connection.read(5000)) {
      received += chunk.length
    }
    await connection.write('done')
  })
  const socket = await client(listener)
  const block = Buffer.alloc(1024 * 1024, 'y')
  for (let written = 0; written < total; written += block.length) socket.write(block)
  const before = process.memoryUsage().arrayBuffers
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(socket.writableLength > total / 4, 'the client still holds most of it')
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024)
  go.resolve()
  socket.end()
  assert.equal(await rest(socket), 'done')
  assert.equal(received, total)
})

test('STARTTLS drops what was sent behind it in plain text', async () => {
  const heard: string[] = []
  const injected = Promise.withResolvers<void>()
  const listener = await start(
    async (connection) => {
      assert.equal(connection.secure, false)
      assert.equal(connection.canStartTls, true)
      heard.push(Buffer.from((await connection.read(5000))!).toString())
      await connection.write('wait\r\n')
      await injected.promise
      await connection.startTls('220 go ahead\r\n')
      assert.equal(connection.secure, true)
      assert.equal(connection.canStartTls, false)
      heard.push(Buffer.from((await connection.read(5000))!).toString())
      await connection.write('250 secret\r\n')
    },
    { tls: 'starttls', certificates },
  )
  const socket = await client(listener)
  socket.write('STARTTLS\r\n')
  assert.equal(await until(socket, '\r\n'), 'wait\r\n')
  await new Promise((resolve) => socket.write('INJECTED\r\n', resolve))
  // Turns of the loop in which the server's side of it takes the octets in, unread by the session.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  injected.resolve()
  assert.equal(await until(socket, '\r\n'), '220 go ahead\r\n')
  const secured = connectTls({ socket, rejectUnauthorized: false })
  secured.write('EHLO\r\n')
  assert.equal(await rest(secured), '250 secret\r\n')
  assert.deepEqual(heard, ['STARTTLS\r\n', 'EHLO\r\n'])
})

test('implicit TLS, by name, with a certificate changed meanwhile', async () => {
  const store = makeCertificates([
    await makeSelfSigned(['first.test'], Date.now()),
    await makeSelfSigned(['*.second.test'], Date.now()),
  ])
  const listener = await start(
    async (connection) => {
      assert.equal(connection.secure, true)
      await connection.write(`${connection.remoteAddress}\r\n`)
    },
    { tls: 'implicit', certificates: store },
  )
  async function certificateFor(servername: string): Promise<string | undefined> {
    const socket = connectTls({ host: '127.0.0.1', port: listener.port, servername, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const names = socket.getPeerCertificate().subjectaltname
    assert.equal(await rest(socket), '127.0.0.1\r\n')
    return names
  }
  assert.equal(await certificateFor('first.test'), 'DNS:first.test')
  assert.equal(await certificateFor('mail.second.test'), 'DNS:*.second.test')
  assert.equal(await certificateFor('unknown.test'), 'DNS:first.test')
  assert.throws(() => store.replace([{ cert: 'no', key: 'no' }]))
  assert.equal(await certificateFor('first.test'), 'DNS:first.test')
  store.replace([await makeSelfSigned(['third.test'], Date.now())])
  assert.equal(await certificateFor('first.test'), 'DNS:third.test')
})

test('a TLS handshake that fails or never comes is closed', async () => {
  let served = 0
  const listener = await start(
    async () => {
      served++
    },
    { tls: 'implicit', certificates, handshakeTimeoutMs: 100 },
  )
  const silent = await client(listener)
  const wrong = await client(listener)
  wrong.write('EHLO plain.text\r\n')
  // How it ends (an alert, a FIN, a reset) is TLS's affair.
  await Promise.all([rest(silent).catch(String), rest(wrong).catch(String)])
  assert.equal(served, 0)
})

test('a client that goes in the middle of its TLS handshake holds no place until the time for that is over', async () => {
  const listener = await start(echo, { tls: 'implicit', certificates, handshakeTimeoutMs: 3_600_000 })
  for (const begun of ['', '\x16\x03\x01\x02\x00']) {
    const socket = await client(listener)
    socket.end(begun)
    await rest(socket)
  }
  assert.equal(listener.open, 0)
})

test('places are limited for an address and in all, and come back', async () => {
  const refuse = (refusal: string) => `421 ${refusal}\r\n`
  const limits = { connections: 10, connectionsPerIp: 2 }
  const listener = await start(echo, { limits, refuse })
  const [first, second, third] = [await client(listener), await client(listener), await client(listener)]
  assert.equal(await rest(third), '421 too-many-from-address\r\n')
  first.end()
  assert.equal(await rest(first), 'bye')
  // The place is free once the server has noticed that both sides are closed.
  while (listener.open > 1) await new Promise((resolve) => setImmediate(resolve))
  const fourth = await client(listener)
  fourth.end('x')
  assert.equal(await rest(fourth), 'xbye')
  second.destroy()
})

test('drain: idle sessions say goodbye, busy ones finish, late ones are closed', async () => {
  const listener = await start(async (connection) => {
    await connection.write('hello\r\n')
    const first = await connection.read(5000).catch(() => undefined)
    if (first !== undefined) {
      await connection.write('begun\r\n')
      const more = await connection.read(5000, { evenWhenDraining: true })
      await connection.write(`finished ${Buffer.from(more!)}`)
    }
    const reason = await connection.read(5000).catch((error) => error)
    if (connection.signal.reason instanceof DrainError && reason === connection.signal.reason) {
      await connection.write('goodbye')
    }
  })
  const idle = await client(listener)
  const busy = await client(listener)
  await Promise.all([until(idle, 'hello\r\n'), until(busy, 'hello\r\n')])
  busy.write('busy')
  await until(busy, 'begun\r\n')
  const drained = listener.drain({ graceMs: 5000 })
  assert.equal(await Promise.race([rest(idle), drained]), 'goodbye')
  idle.end()
  busy.end('work')
  assert.equal(await rest(busy), 'finished workgoodbye')
  await drained
  assert.equal(listener.open, 0)
})

const V2 = '\r\n\r\n\0\r\nQUIT\n'
const TCP4_HEADER = `${V2}\x21\x11\0\x0c\xc0\0\x02\x07\x0a\0\0\x01\x30\x39\0\x19`
const TCP6_HEADER = `${V2}\x21\x21\0\x24\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01${'\0'.repeat(16)}\x30\x39\0\x19`

test('behind a proxy the client is who the PROXY header names', async () => {
  const listener = await start(
    async (connection) => {
      await connection.write(`${connection.remoteAddress} `)
      for (let chunk = await connection.read(5000); chunk !== undefined; chunk = await connection.read(5000)) {
        await connection.write(chunk)
      }
    },
    { proxyProtocol: true, handshakeTimeoutMs: 200 },
  )
  const rows: [sent: string, received: string][] = [
    [`${TCP4_HEADER}HELO`, '192.0.2.7 HELO'],
    [TCP4_HEADER, '192.0.2.7 '],
    [`${TCP6_HEADER}x`, '2001:db8::1 x'],
    // with a TLV behind the addresses
    [`${TCP4_HEADER.replace('\0\x0c', '\0\x10')}\x04\0\x01\0x`, '192.0.2.7 x'],
    [`${V2}\x20\0\0\0x`, '127.0.0.1 x'],
    ['HELO', ''],
    [`EHLO a.test and more\r\n`, ''],
    [`${V2}\x31\x11\0\x0c${'\0'.repeat(12)}x`, ''],
    [`${V2}\x21\x11\0\x04${'\0'.repeat(4)}x`, ''],
    [`${V2}\x21\x11\xff\xff${'\0'.repeat(12)}x`, ''],
    [TCP4_HEADER.slice(0, -1), ''],
  ]
  for (const [sent, received] of rows) {
    const socket = await client(listener)
    socket.end(Buffer.from(sent, 'latin1'))
    assert.equal(await rest(socket).catch(() => ''), received, JSON.stringify(sent))
  }
  // an octet at a time, and never
  const slow = await client(listener)
  for (const octet of `${TCP4_HEADER}x`)
    await new Promise((resolve) => slow.write(Buffer.from(octet, 'latin1'), resolve))
  slow.end()
  assert.equal(await rest(slow), '192.0.2.7 x')
  assert.equal(await rest(await client(listener)), '')
})
