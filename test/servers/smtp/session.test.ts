import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { startSmtp } from './smtp-server.ts'

let server: Awaited<ReturnType<typeof startSmtp>>
before(async () => {
  server = await startSmtp()
})
after(async () => server.close())

/** Sends all of it in one go, and reads until the server closes. */
async function talk(octets: string, port = server.listeners.mx.port): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(Buffer.from(octets, 'latin1'))
  let received = ''
  for await (const chunk of socket) received += (chunk as Buffer).toString('latin1')
  return received.split('\r\n').slice(0, -1)
}

const OPENING = 'HELO c.test\r\nMAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<alice@one.test>\r\nDATA\r\n'
const SMUGGLED = 'MAIL FROM:<evil@one.test>\r\nRCPT TO:<bob@one.test>\r\nDATA\r\nSubject: smuggled\r\n\r\n'

test('no mix of bare CR, bare LF, NUL and dot ends a message before its end (CVE-2023-51764)', async () => {
  const parts = ['\r', '\n', '\r\n', '\0', ' ', '']
  const marks = parts.flatMap((first) => parts.map((second) => `${first}.${second}`))
  const ends = new Set(marks.concat(marks.map((mark) => `\r\n${mark}\r\n`)).filter((mark) => mark !== '\r\n.\r\n'))
  for (const mark of ends) {
    if (mark.includes('\r\n.\r\n')) continue // a true end, with something behind it
    const replies = await talk(`${OPENING}Subject: outer\r\n\r\nouter${mark}${SMUGGLED}\r\n.\r\nQUIT\r\n`)
    const codes = replies.map((reply) => reply.slice(0, 3))
    const content = `outer${mark}`.replaceAll('\r\n', '')
    const bare = content.includes('\r') || content.includes('\n')
    assert.deepEqual(codes, ['220', '250', '250', '250', '354', bare ? '554' : '250', '221'], JSON.stringify(mark))
  }
  for (const { content } of await server.contents('raw', 'one')) {
    assert.ok(content.startsWith('Subject: outer\r\n'))
    assert.ok(content.includes('Subject: smuggled'))
  }
})

test('ten thousand commands in one go are answered in order', async () => {
  const replies = await talk(`HELO c.test\r\n${'NOOP\r\nVRFY x\r\n'.repeat(5000)}QUIT\r\n`)
  assert.equal(replies.length, 10_003)
  assert.deepEqual(
    new Set(replies.slice(2, -1)),
    new Set(['250 2.0.0 OK', '252 2.5.0 Cannot VRFY user, but will accept the message and try']),
  )
  assert.ok(replies[2]!.startsWith('250') && replies[3]!.startsWith('252') && replies[10_001]!.startsWith('252'))
})

test('a client that sends single octets', async () => {
  const socket = connect({ port: server.listeners.mx.port, host: '127.0.0.1', noDelay: true })
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString()
  })
  for (const octet of `${OPENING}Subject: slow\r\n\r\n..\r\n.\r\nQUIT\r\n`) {
    await new Promise((resolve) => socket.write(octet, resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await once(socket, 'close')
  assert.match(received, /\r\n250 2\.0\.0 OK [^\r]+\r\n221 /)
  const last = (await server.contents('raw', 'one')).at(-1)
  assert.equal(last?.content, 'Subject: slow\r\n\r\n.\r\n')
})

test('a thousand recipients, and no more', async () => {
  const recipients = Array.from({ length: 1001 }, (_, index) => `RCPT TO:<alice+${index}@one.test>\r\n`)
  const replies = await talk(`HELO c.test\r\nMAIL FROM:<>\r\n${recipients.join('')}DATA\r\n\r\n.\r\nQUIT\r\n`)
  const codes = replies.map((reply) => reply.slice(0, 9))
  assert.equal(codes.filter((code) => code === '250 2.1.5').length, 1000)
  assert.deepEqual(codes.slice(1003), ['452 4.5.3', '354 Go ah', '250 2.0.0', '221 2.0.0'])
})

test('drain: 421 to the idle, while a message that is coming in is taken', async () => {
  const draining = await startSmtp()
  const { port } = draining.listeners.mx
  const open = async (first: string, until: RegExp) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const client = { socket, received: '', closed: once(socket, 'close') }
    socket.on('data', (chunk) => {
      client.received += chunk.toString()
      socket.emit('more')
    })
    socket.write(first)
    while (!until.test(client.received)) await once(socket, 'more')
    return client
  }
  const idle = await open('HELO c.test\r\n', /250 mx\.test\r\n$/)
  const busy = await open(`${OPENING}Subject: busy\r\n`, /354 .*\r\n$/)
  const drained = Promise.all(Object.values(draining.listeners).map((listener) => listener.drain({ graceMs: 10_000 })))
  await idle.closed
  assert.match(idle.received, /\r\n421 4\.3\.2 /)
  busy.socket.write('\r\nbody\r\n.\r\n')
  await busy.closed
  assert.match(busy.received, /\r\n250 2\.0\.0 OK [^\r]*\r\n421 4\.3\.2 /)
  await drained
  assert.equal((await draining.contents('raw', 'one')).length, 1)
  await draining.close()
})

test('a client that sends on and on beyond the limit is told so and closed', async () => {
  const small = await startSmtp({ messageOctets: 100_000 })
  const endless = `${'x'.repeat(76)}\r\n`.repeat(50_000)
  const replies = await talk(`${OPENING}${endless}`, small.listeners.mx.port)
  assert.match(replies.at(-1)!, /^552 5\.3\.4 /)
  assert.equal((await small.contents('raw', 'one')).length, 0)
  await small.close()
})
