import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { METRICS_TYPE, metricsText } from '../metrics.ts'

export interface Readiness {
  readonly port: number
  /** What is answered from now on. */
  set(ready: boolean): void
  close(): Promise<void>
}

/**
 * What load balancers and monitoring ask, on a port of its own that the world does not reach. GET /ready answers 200 while connections are
 * welcome, 503 before and after; /health 200 while the process can answer at all; /metrics in Prometheus' text format. Not ready to begin with.
 */
export async function openReadiness(host: string, port: number): Promise<Readiness> {
  let ready = false
  const server = createServer((request, response) => {
    const answer = (status: number, text = '', type = 'text/plain') => {
      const headers = { 'content-length': Buffer.byteLength(text), 'content-type': type, connection: 'close' }
      response.writeHead(status, headers).end(text)
    }
    if (request.url === '/ready') answer(ready ? 200 : 503)
    else if (request.url === '/health') answer(200)
    else if (request.url === '/metrics') metricsText().then((text) => answer(200, text, METRICS_TYPE))
    else answer(404)
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 5_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    set(now) {
      ready = now
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
