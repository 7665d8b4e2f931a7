import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { listen } from '../../shared/transport/tcp.ts'

test('drain ends though a session waits for what never comes, and its client is cut off', {
  timeout: 10_000,
}, async () => {
  setLogLevel('silent')
  let serving = () => {}
  const served = new Promise<void>((resolve) => {
    serving = resolve
  })
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    limits: { connections: 9, connectionsPerIp: 9 },
    stuckMs: 50,
    serve() {
      serving()
      return new Promise(() => {})
    },
  })
  const socket = connect(listener.port, '127.0.0.1').resume()
  const closed = once(socket, 'close')
  await served
  await listener.drain({ graceMs: 50 })
  await closed
  assert.equal(listener.open, 1)
})
