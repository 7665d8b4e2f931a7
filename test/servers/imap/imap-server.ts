import type { EmbeddedOptions } from '../../../shared/engines/embedded/engine.ts'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { AccountId, MailboxId } from '../../../shared/mailbox/ids.ts'
import { parseMailboxPath } from '../../../shared/mailbox/mailbox-path.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { serveImap } from '../../../shared/servers/imap/serve-imap.ts'
import type { ImapServices } from '../../../shared/servers/imap/services.ts'
import { readLimits } from '../../../shared/settings.ts'
import { openStore } from '../../../shared/store/store.ts'
import type { Certificates } from '../../../shared/transport/certificates.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'
import { type House, openHouse } from '../../house.ts'

export interface SeedMessage {
  text: string | Uint8Array
  flags?: string[]
  /** INTERNALDATE, milliseconds since 1970. */
  date?: number
}

export interface ImapServer {
  house: House
  services: ImapServices
  listener: Listener
  port: number
  mailbox(name: string, account?: AccountId): Promise<MailboxId>
  /** Puts messages into a mailbox, of alice where nobody else is named, without IMAP. */
  seed(mailbox: string, messages: readonly SeedMessage[], account?: AccountId): Promise<void>
  /** The port of another gateway on the same engine, which shares nothing in memory but the engine. */
  anotherGateway(): Promise<number>
  close(): Promise<void>
}

export interface ImapServerOptions {
  engine?: Partial<EmbeddedOptions>
  limits?: Partial<ImapServices['limits']>
  certificates?: Certificates
  allowPlaintext?: boolean
}

/** IMAP on a socket over the embedded engine, with the demonstration's people. */
export async function startImapServer(options: ImapServerOptions = {}): Promise<ImapServer> {
  const { certificates, allowPlaintext = true } = options
  const house = await openHouse(options.engine)
  const services: ImapServices = {
    store: house.store,
    limits: { ...readLimits({}), ...options.limits },
    hostName: 'mail.demo.test',
    allowPlaintext: () => allowPlaintext,
  }
  const gateway = (its: ImapServices) =>
    listen({
      host: '127.0.0.1',
      port: 0,
      tls: certificates === undefined ? 'none' : 'starttls',
      ...(certificates !== undefined && { certificates }),
      limits: { connections: 10_000, connectionsPerIp: 10_000 },
      serve: (connection) => serveImap(connection, its),
    })
  const listener = await gateway(services)
  const listeners = [listener]
  const mailbox = (name: string, account = house.alice) => house.demo.mailboxes.mailbox(account, parseMailboxPath(name))
  return {
    house,
    services,
    listener,
    port: listener.port,
    mailbox,
    async seed(name, messages, account) {
      const id = await mailbox(name, account)
      for (let from = 0; from < messages.length; from += 90) {
        const batch = messages.slice(from, from + 90).map(({ text, flags = [], date }) => ({
          source: sourceOf(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
          flags: flagsOf(flags),
          ...(date !== undefined && { internalDate: date }),
        }))
        await appendMessages(house.demo, id, batch, services.limits)
      }
    },
    async anotherGateway() {
      const other = await gateway({ ...services, store: openStore(house.engine) })
      listeners.push(other)
      return other.port
    },
    async close() {
      await Promise.all(listeners.map((each) => each.drain({ graceMs: 2000 })))
      await house.close()
    },
  }
}
