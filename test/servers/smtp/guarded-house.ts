/** A house with a guard at its doors, on real sockets: two tenants, a DNS of the test's, and clients at any address of 127.0.0.0/8. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { cachedDns } from '../../../shared/engines/common/dns-cache.ts'
import { openSenderCheck } from '../../../shared/engines/common/sender-check.ts'
import { type Guard, type GuardOptions, openGuard } from '../../../shared/flows/arrivals/guard.ts'
import type { Envelope } from '../../../shared/mailbox/envelope.ts'
import type { AccountId, TenantId } from '../../../shared/mailbox/ids.ts'
import type { Protection } from '../../../shared/mailbox/protection.ts'
import type { SenderCheck } from '../../../shared/ports/sender-check.ts'
import { serveSmtp } from '../../../shared/servers/smtp/serve-smtp.ts'
import type { SmtpServices } from '../../../shared/servers/smtp/services.ts'
import { type Limits, readLimits } from '../../../shared/settings.ts'
import { openStore, type Store } from '../../../shared/store/store.ts'
import { listen } from '../../../shared/transport/tcp.ts'
import { DEMO, openHouse, PASSWORD, settleQueues } from '../../house.ts'
import { type Zones, zonesDns } from '../../zones.ts'

export const SECOND = 'second' as TenantId
export const HOST_NAME = 'mx.demo.test'

export interface GuardedOptions extends Partial<Pick<GuardOptions, 'scanner' | 'trustedSealers' | 'watches'>> {
  zones?: Zones
  limits?: Partial<Limits>
  /** `none`: senders are not checked; default: in a thread, on the zones. */
  senderCheck?: SenderCheck | 'none'
}

export type GuardedHouse = Awaited<ReturnType<typeof openGuardedHouse>>

export async function openGuardedHouse(options: GuardedOptions = {}) {
  const { zones = {}, scanner, trustedSealers, watches = () => true } = options
  const dns = zonesDns(zones)
  const house = await openHouse({ dns })
  const { directory } = house.store
  await directory.createTenant(SECOND, 'Second')
  await directory.addDomain(SECOND, 'second.test', { verified: true })
  const carol = await directory.createAccount(SECOND, { localPart: 'carol', domain: 'second.test' }, PASSWORD)
  const limits: Limits = { ...readLimits({}), ...options.limits }
  const own = openSenderCheck({ dns, hostName: HOST_NAME, threads: 1, dnsMs: 1000 })
  const senderCheck = options.senderCheck === undefined ? own : options.senderCheck

  const makeGuard = (): Guard =>
    openGuard({
      dns: cachedDns(dns, house.clock),
      limits,
      watches,
      ...(senderCheck !== 'none' && { senderCheck }),
      ...(scanner && { scanner }),
      ...(trustedSealers && { trustedSealers }),
    })
  const current: { guard: Guard; store: Store } = { guard: makeGuard(), store: house.store }
  const door = (role: SmtpServices['role']) =>
    listen({
      host: '127.0.0.1',
      port: 0,
      limits,
      lingerMs: 200,
      serve: (connection) =>
        serveSmtp(connection, { ...current, role, limits, hostName: HOST_NAME, allowPlaintext: () => true }),
    })
  const doors = { mx: await door('mx'), submission: await door('submission') }

  async function countIn(tenant: TenantId, account: AccountId, name: string): Promise<number> {
    const store = current.store.tenant(tenant)
    return (await store.journal.newest(await store.mailboxes.mailbox(account, [name]))).totals.exists
  }

  return {
    ...house,
    carol,
    dns,
    limits,
    /** As after a restart: what only the process remembered is gone. */
    restart() {
      current.store = openStore(house.engine)
      current.guard = makeGuard()
    },
    protect: (tenant: TenantId, changes: Partial<Protection>) =>
      house.store.protections.change(tenant, tenant === DEMO ? 'demo.test' : 'second.test', changes),
    /** What the server says to each of these; the session ends with QUIT. Content is a line with everything in it. */
    async say(lines: readonly string[], at: { address?: string; door?: 'mx' | 'submission' } = {}): Promise<string[]> {
      const { port } = doors[at.door ?? 'mx']
      const socket = connect({ port, host: '127.0.0.1', localAddress: at.address ?? '127.0.0.1' })
      const closed = once(socket, 'close')
      const replies = repliesOf(socket)
      const said: string[] = [(await replies.next()).value ?? '(closed)']
      for (const line of [...lines, 'QUIT']) {
        if (socket.writable) socket.write(Buffer.from(`${line}\r\n`, 'latin1'))
        said.push((await replies.next()).value ?? '(closed)')
      }
      socket.destroy()
      await closed
      return said.slice(1, -1)
    },
    /** Messages in alice's INBOX and Junk and in carol's, once all that was accepted is delivered. */
    async delivered() {
      await settleQueues(house)
      return {
        inbox: await countIn(DEMO, house.alice, 'INBOX'),
        junk: await countIn(DEMO, house.alice, 'Junk'),
        carolInbox: await countIn(SECOND, carol, 'INBOX'),
        carolJunk: await countIn(SECOND, carol, 'Junk'),
      }
    },
    /** Everything kept for a tenant, the newest last, octet for octet. */
    async kept(tenant: TenantId): Promise<{ text: string; sha256: string; envelope: Envelope }[]> {
      const store = house.store.tenant(tenant)
      const entries = await house.engine.blobs.list(`raw/${tenant}/`)
      return Promise.all(
        entries.map(async ({ name }) => {
          const blob = (await house.engine.blobs.get(name))!
          const text = Buffer.concat(await Array.fromAsync(blob.content)).toString('latin1')
          return { text, sha256: blob.sha256, envelope: await store.envelopes.of(blob) }
        }),
      )
    },
    async close() {
      await Promise.all(Object.values(doors).map((listener) => listener.drain({ graceMs: 500 })))
      await own.close()
      await house.close()
    },
  }
}

/** The commands that send a message. */
export function transaction(from: string, to: readonly string[], content: string): string[] {
  const stuffed = content.replace(/^\./gm, '..').replace(/\r\n$/, '')
  return [
    'EHLO client.test',
    `MAIL FROM:<${from}>`,
    ...to.map((recipient) => `RCPT TO:<${recipient}>`),
    'DATA',
    `${stuffed}\r\n.`,
  ]
}

async function* repliesOf(socket: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let received = ''
  let reply: string[] = []
  for await (const chunk of socket) {
    received += chunk.toString('latin1')
    for (let end = received.indexOf('\r\n'); end >= 0; end = received.indexOf('\r\n')) {
      const line = received.slice(0, end)
      received = received.slice(end + 2)
      reply.push(line)
      if (line[3] === '-') continue
      yield reply.join('\n')
      reply = []
    }
  }
}
