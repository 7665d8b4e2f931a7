import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { mailHostOf } from '../../shared/flows/tenants/domain-records.ts'
import { setLogLevel } from '../../shared/log.ts'
import type { Engine } from '../../shared/ports/engine.ts'
import type { HttpServices } from '../../shared/servers/http/services.ts'
import { readDeployedSettings, SettingError } from '../../shared/settings.ts'
import { openStore } from '../../shared/store/store.ts'
import { makeCertificates } from '../../shared/transport/certificates.ts'
import { openHttpDoor } from '../../shared/transport/http-door.ts'
import { startMailTask } from '../../shared/transport/mail-task.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'

setLogLevel('silent')
const HOST = '127.0.0.1'

describe('a mail task', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tubepost-task-'))
  let engine: Engine

  before(async () => {
    engine = await openEmbeddedEngine({
      folder,
      relay: { kind: 'capture' },
      hostName: 'mail.example.com',
      messageOctets: 1_000_000,
    })
  })

  after(async () => {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function options(ports: object) {
    return {
      name: 'smtp-ingress',
      doors: ['smtp', 'submissions'] as const,
      settings: { ...readDeployedSettings({ TUBEPOST_HOST_NAME: 'mail.example.com' }), ports },
      store: openStore(engine),
      certificates: makeCertificates([await makeSelfSigned(['mail.example.com'], Date.now())]),
      host: HOST,
      spreadMs: 0,
    }
  }

  async function status(port: number, path = '/ready'): Promise<number> {
    return (await fetch(`http://${HOST}:${port}${path}`)).status
  }

  test('is ready while it listens, and says goodbye when it drains', async () => {
    const task = await startMailTask(await options({ ready: 0, smtp: 0, submissions: 0 }))
    const ready = task.ports.ready!
    assert.equal(await status(ready), 200)
    assert.equal(await status(ready, '/'), 404)

    const client = connect(task.ports.smtp!, HOST)
    let said = ''
    client.on('data', (chunk) => {
      said += chunk
    })
    await once(client, 'data')
    assert.match(said, /^220 mail\.example\.com /)
    const closed = once(client, 'close')
    const drained = task.drain()
    assert.equal(await status(ready), 503)
    client.on('end', () => client.end())
    await Promise.all([closed, drained])
    assert.match(said, /\r\n421 /)
    await assert.rejects(status(ready))
  })

  test('opens only the doors it was given a port for', async () => {
    const task = await startMailTask(await options({ ready: 0, smtp: 0 }))
    assert.deepEqual(Object.keys(task.ports).toSorted(), ['ready', 'smtp'])
    await task.drain()
  })

  test('serves the HTTP API over TLS with its own certificate, ready when it is, until it drains', async () => {
    const given = await options({ ready: 0, https: 0 })
    const http = (isReady: () => boolean): HttpServices => ({
      store: given.store,
      limits: given.settings.limits,
      mailHost: mailHostOf('mail.example.com'),
      operatorKey: 'op_test',
      isReady,
      fetchRemote: () => Promise.reject(new Error('nothing is fetched here')),
    })
    const task = await startMailTask({
      ...given,
      doors: ['smtp'],
      openHttps: (door, isReady) => openHttpDoor(http(isReady), door),
    })
    const port = task.ports.https!
    const socket = connectTls({ port, host: HOST, servername: 'mail.example.com', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    assert.equal(socket.getPeerCertificate().subject.CN, 'mail.example.com')
    const nameless = connectTls({ port, host: HOST, rejectUnauthorized: false })
    await once(nameless, 'secureConnect')
    assert.equal(nameless.getPeerCertificate().subject.CN, 'mail.example.com')
    nameless.destroy()
    socket.write('GET /health HTTP/1.1\r\nHost: mail.example.com\r\n\r\n')
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 200 /)
    const closed = once(socket, 'close')
    await Promise.all([task.drain(), closed])
    await assert.rejects(fetch(`https://${HOST}:${port}/health`))
  })

  test('without a readiness port it does not start', async () => {
    await assert.rejects(startMailTask(await options({ smtp: 0 })), SettingError)
  })

  test('where a port cannot be had nothing stays open', async () => {
    const first = await startMailTask(await options({ ready: 0, smtp: 0 }))
    await assert.rejects(startMailTask(await options({ ready: 0, smtp: first.ports.smtp })), { code: 'EADDRINUSE' })
    await first.drain()
  })
})
