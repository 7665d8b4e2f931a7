import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { appendMessages } from '../../../shared/flows/append-messages.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { AccountId, TenantId } from '../../../shared/mailbox/ids.ts'
import { parseMailboxPath } from '../../../shared/mailbox/mailbox-path.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Engine } from '../../../shared/ports/engine.ts'
import { serveImap } from '../../../shared/servers/imap/serve-imap.ts'
import type { ImapServices } from '../../../shared/servers/imap/services.ts'
import { readLimits } from '../../../shared/settings.ts'
import { openStore, type Store } from '../../../shared/store/store.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'

export const PASSWORD = 'tubepost-demo'

export interface ImapServer {
  engine: Engine
  store: Store
  services: ImapServices
  listener: Listener
  port: number
  account: AccountId
  /** Puts messages into a mailbox without IMAP; flags by name. */
  seed(mailbox: string, messages: readonly { text: string | Uint8Array; flags?: string[]; date?: number }[]): Promise<void>
  close(): Promise<void>
}

/** IMAP on a socket over the embedded engine, with tenant `demo` and alice@demo.test. */
export async function startImapServer({
  wrap = (engine: Engine) => engine,
  limits = {},
}: {
  wrap?: (engine: Engine) => Engine
  limits?: Partial<ImapServices['limits']>
} = {}): Promise<ImapServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-imap-'))
  const engine = wrap(await openEmbeddedEngine({ folder, relay: { kind: 'capture' } }))
  const store = openStore(engine)
  const tenant = 'demo' as TenantId
  await store.directory.createTenant(tenant, 'Demo')
  await store.directory.addDomain(tenant, 'demo.test', { verified: true })
  const address = { localPart: 'alice', domain: 'demo.test' }
  const account = await store.directory.createAccount(tenant, address, PASSWORD)
  const services: ImapServices = {
    store,
    limits: { ...readLimits({}), ...limits },
    hostName: 'mail.demo.test',
    allowPlaintext: ({ remoteAddress }) => remoteAddress === '127.0.0.1' || remoteAddress === '192.0.2.1',
  }
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    limits: { connections: 10_000, connectionsPerIp: 10_000 },
    serve: (connection) => serveImap(connection, services),
  })
  return {
    engine,
    store,
    services,
    listener,
    port: listener.port,
    account,
    async seed(mailbox, messages) {
      const tenantStore = store.tenant(tenant)
      const id = await tenantStore.mailboxes.mailbox(account, parseMailboxPath(mailbox))
      for (let from = 0; from < messages.length; from += 90) {
        const batch = messages.slice(from, from + 90).map(({ text, flags = [], date }) => ({
          source: sourceOf(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
          flags: flagsOf(flags),
          ...(date !== undefined && { internalDate: date }),
        }))
        await appendMessages(tenantStore, id, batch, services.limits)
      }
    },
    async close() {
      await listener.drain({ graceMs: 2000 })
      await engine.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
