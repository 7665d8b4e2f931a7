/** The API and IMAP on one engine, each with a store of its own, as a deployment has them. */
import { ImapFlow } from 'imapflow'
import { serveImap } from '../../../shared/servers/imap/serve-imap.ts'
import { readLimits } from '../../../shared/settings.ts'
import { openStore } from '../../../shared/store/store.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'
import { PASSWORD } from '../../house.ts'
import { type ApiHouse, openApiHouse } from './api-house.ts'

export interface InboxHouse extends ApiHouse {
  /** A session of the account's own, over IMAP; ended with the house. */
  imap(user?: string): Promise<ImapFlow>
}

export async function openInboxHouse(): Promise<InboxHouse> {
  const house = await openApiHouse()
  const services = {
    store: openStore(house.engine),
    limits: readLimits({}),
    hostName: 'mail.demo.test',
    allowPlaintext: () => true,
  }
  const listener: Listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: 'none',
    limits: { connections: 100, connectionsPerIp: 100 },
    serve: (connection) => serveImap(connection, services),
  })
  const clients: ImapFlow[] = []
  return {
    ...house,
    async imap(user = 'alice@demo.test') {
      const { port } = listener
      const client = new ImapFlow({
        host: '127.0.0.1',
        port,
        secure: false,
        doSTARTTLS: false,
        auth: { user, pass: PASSWORD },
        logger: false,
      })
      await client.connect()
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) await client.logout()
      await listener.drain({ graceMs: 1000 })
      await house.close()
    },
  }
}
