import { refusePop3, servePop3 } from '../../../shared/servers/pop3/serve-pop3.ts'
import type { Pop3Services } from '../../../shared/servers/pop3/services.ts'
import { type Limits, readLimits } from '../../../shared/settings.ts'
import type { Store } from '../../../shared/store/store.ts'
import { makeCertificates } from '../../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../../shared/transport/self-signed.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'

export interface Pop3Server {
  /** With STLS. */
  plain: Listener
  implicit: Listener
  /** In PEM. */
  certificate: string
  /** Says goodbye to every session. */
  close(): Promise<void>
}

/** POP3 on sockets over a store, with passwords in plain text allowed. */
export async function startPop3(store: Store, changed: Partial<Limits> = {}): Promise<Pop3Server> {
  const limits: Limits = { ...readLimits({}), ...changed }
  const services: Pop3Services = { store, limits, hostName: 'pop.demo.test', allowPlaintext: () => true }
  const pair = await makeSelfSigned(['localhost', '127.0.0.1'], Date.now())
  const open = (tls: 'starttls' | 'implicit') =>
    listen({
      host: '127.0.0.1',
      port: 0,
      tls,
      certificates: makeCertificates([pair]),
      limits,
      lingerMs: 200,
      serve: (connection) => servePop3(connection, services),
      refuse: refusePop3,
    })
  const [plain, implicit] = await Promise.all([open('starttls'), open('implicit')])
  return {
    plain,
    implicit,
    certificate: pair.cert,
    async close() {
      await Promise.all([plain, implicit].map((listener) => listener.drain({ graceMs: 2000 })))
    },
  }
}
