import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

let folder: string
let files: { cert: string; key: string }
let server: ServerProcess
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tubepost-certificates-'))
  files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writePair('first.test')
  // What goes wrong on purpose is logged.
  server = await startServerProcess({
    TUBEPOST_TLS_CERT: files.cert,
    TUBEPOST_TLS_KEY: files.key,
    TUBEPOST_LOG: 'silent',
  })
})
after(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

async function writePair(name: string): Promise<void> {
  const pair = await makeSelfSigned([name], Date.now())
  await writeFile(files.cert, pair.cert)
  await writeFile(files.key, pair.key)
}

/** The name in the certificate that a client meets. */
async function served(): Promise<string> {
  const socket = connect({ port: server.ports['imaps']!, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return subject.CN as string
}

async function untilServed(name: string): Promise<void> {
  const deadline = Date.now() + 30_000
  while ((await served()) !== name) {
    assert.ok(Date.now() < deadline, `${name} is not served`)
    await new Promise((resolve) => setTimeout(resolve, 250)) // each is a connection, of which one address may have so many
  }
}

test('SIGHUP serves a new certificate from the next handshake on; a session under the old one goes on', async () => {
  assert.equal(await served(), 'first.test')
  const open = connect({ port: server.ports['imaps']!, host: '127.0.0.1', rejectUnauthorized: false })
  await once(open, 'data')
  await writePair('second.test')
  process.kill(server.pid, 'SIGHUP')
  await untilServed('second.test')
  open.write('a NOOP\r\n')
  const [answer] = await once(open, 'data')
  assert.match(String(answer), /^a OK/)
  open.destroy()
})

test('a key that does not fit changes nothing, and the pair that comes after it is found without a signal', async () => {
  const { key } = await makeSelfSigned(['third.test'], Date.now())
  await writeFile(files.key, key)
  process.kill(server.pid, 'SIGHUP')
  await writeFile(files.cert, 'no certificate')
  process.kill(server.pid, 'SIGHUP')
  assert.equal(await served(), 'second.test')
  await writePair('fourth.test')
  await utimes(files.cert, new Date(), new Date(Date.now() + 1000))
  await untilServed('fourth.test')
})
