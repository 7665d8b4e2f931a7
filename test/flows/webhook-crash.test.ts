/** An event that was written down is delivered under its id, whatever becomes of the process that was at it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startServerProcess } from '../server-process.ts'

const SOON_MS = 60_000

test('a process that is killed while an endpoint takes its time leaves the event to the next one', async () => {
  const ids: string[] = []
  let answers = false
  const endpoint = createServer((request, response) => {
    ids.push(request.headers['webhook-id'] as string)
    request.resume()
    endpoint.emit('told')
    if (answers) response.end('ok')
  })
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  const server = await startServerProcess({ TUBEPOST_LIMIT_WEBHOOK_TIMEOUT_MS: '2000', TUBEPOST_LOG: 'error' })
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${server.ports['http']}${path}`, {
      method,
      headers: { authorization: 'Bearer re_demo', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    assert.ok(response.ok, await response.clone().text())
    return response.json() as Promise<Record<string, never>>
  }
  const told = () => once(endpoint, 'told', { signal: AbortSignal.timeout(SOON_MS) })
  try {
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`
    const { id } = await call('POST', '/webhooks', { endpoint: url, events: ['email.scheduled'] })
    const first = told()
    const email = { from: 'alice@demo.test', to: 'x@example.net', subject: 's', text: 't', scheduled_at: 'in 1 hour' }
    await call('POST', '/emails', email)
    await first
    await server.crash()
    answers = true
    const second = ids.length > 1 ? undefined : told()
    await second
    assert.equal(new Set(ids).size, 1)
    const deadline = Date.now() + SOON_MS
    for (;;) {
      const { data } = (await call('GET', `/webhooks/${id}/deliveries`)) as unknown as { data: { status: string }[] }
      assert.equal(data.length, 1)
      if (data[0]!.status === 'success') break
      assert.ok(Date.now() < deadline, data[0]!.status)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    endpoint.closeAllConnections()
    endpoint.close()
    await server.stop()
  }
})
