import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib'
import { ImapFlow } from 'imapflow'
import { PASSWORD } from '../../house.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

/** Base64, as an attachment is that was compressed before. */
const UNCOMPRESSIBLE = randomBytes(900_000).toString('base64')

let server: ImapServer
before(async () => {
  server = await startImapServer()
  await server.seed('INBOX', [
    { text: `Subject: x\r\n\r\n${'hello '.repeat(100_000)}\r\n` },
    { text: `Subject: y\r\n\r\n${UNCOMPRESSIBLE}\r\n` },
  ])
})
after(() => server.close())

test('imapflow compresses, reads a large body and idles', async () => {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.port,
    secure: false,
    auth: { user: 'alice@demo.test', pass: PASSWORD },
    logger: false,
  })
  await client.connect()
  assert.ok(client.enabled.has('COMPRESS') || client.capabilities.has('COMPRESS=DEFLATE'))
  const lock = await client.getMailboxLock('INBOX')
  const message = await client.fetchOne('1', { source: true })
  assert.ok(message)
  assert.ok(message.source)
  assert.equal(message.source.length, 600_016)
  const attachment = await client.fetchOne('2', { source: true })
  assert.ok(attachment)
  assert.equal(attachment.source?.toString(), `Subject: y\r\n\r\n${UNCOMPRESSIBLE}\r\n`)
  lock.release()
  await client.logout()
})

async function compressed(): Promise<{
  socket: ReturnType<typeof connect>
  said: () => string
  until(text: string): Promise<void>
}> {
  const socket = connect(server.port, '127.0.0.1')
  const inflate = createInflateRaw()
  let plain = ''
  let text = ''
  let active = false
  let wake = () => {}
  inflate.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    wake()
  })
  socket.on('data', (chunk: Buffer) => {
    if (active) inflate.write(chunk)
    else plain += chunk.toString('latin1')
    wake()
  })
  socket.on('close', () => wake())
  socket.write(`a LOGIN alice@demo.test ${PASSWORD}\r\nb COMPRESS DEFLATE\r\n`)
  while (!plain.includes('b OK')) await new Promise<void>((resolve) => (wake = resolve))
  active = true
  return {
    socket,
    said: () => text,
    async until(words) {
      while (!text.includes(words) && !socket.closed) await new Promise<void>((resolve) => (wake = resolve))
    },
  }
}

test('commands deflated together are answered; a second COMPRESS is refused', async () => {
  const { socket, said, until } = await compressed()
  const deflate = createDeflateRaw()
  deflate.on('data', (chunk: Buffer) => socket.write(chunk))
  deflate.write('c COMPRESS DEFLATE\r\nd SELECT INBOX\r\ne NOOP\r\n')
  deflate.flush(constants.Z_SYNC_FLUSH)
  await until('e OK')
  assert.match(said(), /^c NO \[COMPRESSIONACTIVE\].*\r\n[\s\S]*d OK [\s\S]*e OK NOOP completed\r\n$/)
  socket.destroy()
})

test('what is no deflate closes the connection, and a bomb is a line that is too long', async () => {
  const broken = await compressed()
  broken.socket.write(Buffer.alloc(64, 0xff))
  await broken.until('never')
  assert.ok(broken.socket.closed)

  const bombed = await compressed()
  const bomb = deflateRawSync(Buffer.alloc(200 * 1024 * 1024, 'a'))
  const before = process.memoryUsage().arrayBuffers
  bombed.socket.write(bomb)
  await bombed.until('BAD The command is too long')
  assert.match(bombed.said(), /\* BAD The command is too long/)
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024)
  bombed.socket.destroy()
})
