import { refuseSmtp, serveSmtp } from '../../../shared/servers/smtp/serve-smtp.ts'
import type { SmtpServices } from '../../../shared/servers/smtp/services.ts'
import { type Limits, readLimits } from '../../../shared/settings.ts'
import { makeCertificates } from '../../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../../shared/transport/self-signed.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'
import { openTestStore } from '../../transcripts/opened-store.ts'

/** SMTP in all its forms on real sockets, on a store of its own. */
export async function startSmtp(changed: Partial<Limits> = {}) {
  const { store, close } = await openTestStore()
  const limits: Limits = { ...readLimits({}), ...changed }
  const pair = await makeSelfSigned(['localhost', '127.0.0.1'], Date.now())
  const certificates = makeCertificates([pair])
  async function door(
    role: SmtpServices['role'],
    tls: 'starttls' | 'implicit',
    allowPlaintext: boolean,
  ): Promise<Listener> {
    const services: SmtpServices = { store, role, limits, hostName: 'mx.test', allowPlaintext: () => allowPlaintext }
    const serve: Parameters<typeof listen>[0]['serve'] = (connection) => serveSmtp(connection, services)
    return listen({ host: '127.0.0.1', port: 0, tls, certificates, limits, lingerMs: 200, serve, refuse: refuseSmtp })
  }
  const listeners = {
    mx: await door('mx', 'starttls', true),
    submission: await door('submission', 'starttls', false),
    submissions: await door('submission', 'implicit', false),
  }
  return {
    store,
    certificate: pair.cert,
    listeners,
    /** Objects below `raw/<tenant>/` or `outbox/<tenant>/` as text, without the trace block. */
    async contents(place: 'raw' | 'outbox', tenant: string): Promise<{ trace: string; content: string }[]> {
      const entries = await store.engine.blobs.list(`${place}/${tenant}/`)
      return Promise.all(
        entries.map(async ({ name }) => {
          const blob = await store.engine.blobs.get(name)
          const text = Buffer.concat(await Array.fromAsync(blob!.content)).toString('latin1')
          // Received takes three lines, Return-Path before it one more.
          const lines = place === 'raw' ? 4 : 3
          const end = text.split('\r\n', lines).join('\r\n').length + 2
          return { trace: text.slice(0, end), content: text.slice(end) }
        }),
      )
    },
    async close() {
      await Promise.all(Object.values(listeners).map((listener) => listener.drain({ graceMs: 1000 })))
      await close()
    },
  }
}
