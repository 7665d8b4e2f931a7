/** The HTTP API through a real socket, on the real embedded engine. */
import { mailHostOf } from '../../../shared/flows/tenants/domain-records.ts'
import { runJob } from '../../../shared/flows/upkeep/run-job.ts'
import type { Dns, DnsType } from '../../../shared/ports/dns.ts'
import { createApi } from '../../../shared/servers/http/api.ts'
import type { HttpServices } from '../../../shared/servers/http/services.ts'
import { readLimits } from '../../../shared/settings.ts'
import { openStore } from '../../../shared/store/store.ts'
import { guardedFetch } from '../../../shared/transport/guarded-fetch.ts'
import { listenHttp } from '../../../shared/transport/http.ts'
import { DEMO, type House, JOBS, openHouse } from '../../house.ts'

export const OPERATOR_KEY = 'op_of-the-tests'
export const LIMITS = readLimits({ TUBEPOST_LIMIT_HTTP_REQUESTS_PER_SECOND: '1000000' })

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface ApiHouse extends House {
  url: string
  services: HttpServices
  /** Records of the world, `<type> <name>`. */
  zone: Map<string, string[]>
  /** A key of the demo tenant, with full access. */
  key: string
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Does the jobs that wait. */
  runJobs(): Promise<void>
}

export interface CallOptions {
  /** null: none; else the demo tenant's. */
  key?: string | null
  body?: unknown
  headers?: Record<string, string>
}

export async function openApiHouse(overrides: Partial<HttpServices> = {}): Promise<ApiHouse> {
  const zone = new Map<string, string[]>()
  const dns: Dns = { resolve: async (name: string, type: DnsType) => zone.get(`${type} ${name}`) ?? [] }
  let url = ''
  const house = await openHouse({ dns, linkBase: () => url })
  const store = openStore(house.engine, { demonstration: true })
  const services: HttpServices = {
    store,
    limits: LIMITS,
    mailHost: mailHostOf('mx.tubepost.test'),
    operatorKey: OPERATOR_KEY,
    isReady: () => true,
    verifyLink: (link) => house.engine.verifyLink(link),
    verifyUpload: (link) => house.engine.verifyUpload(link),
    webhooksToLoopback: true,
    showsCaptured: true,
    fetchRemote: guardedFetch({ dns }),
    ...overrides,
  }
  const api = createApi(services)
  const listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    limits: LIMITS,
    serve: (request, origin) => api.fetch(request, origin),
  })
  url = `http://127.0.0.1:${listener.port}`
  const { token: key } = await store.tenant(DEMO).apiKeys.create({ name: 'tests', permission: 'full_access' })
  return {
    ...house,
    store,
    demo: store.tenant(DEMO),
    url,
    services,
    zone,
    key,
    async call(method, path, { key: given, body, headers = {} } = {}) {
      const token = given === undefined ? key : given
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.startsWith('application/json') ?? false
      return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
    },
    async runJobs() {
      const queue = house.engine.queues.jobs
      for (;;) {
        const messages = await queue.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
        if (messages.length === 0) return
        for (const { body, receipt } of messages) {
          await runJob(store, body, JOBS)
          await queue.delete(receipt)
        }
      }
    },
    async close() {
      await listener.drain({ graceMs: 1000 })
      await house.close()
    },
  }
}
