import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Readiness {
  readonly port: number
  /** What is answered from now on. */
  set(ready: boolean): void
  close(): Promise<void>
}

/** GET /ready answers 200 while connections are welcome, 503 before and after: what load balancers ask. Not ready to begin with. */
export async function openReadiness(host: string, port: number): Promise<Readiness> {
  let ready = false
  const server = createServer((request, response) => {
    const status = request.url === '/ready' ? (ready ? 200 : 503) : 404
    response.writeHead(status, { 'content-length': 0, connection: 'close' }).end()
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
