/** A house with every door open on one store: HTTP, IMAP, POP3, SMTP from outside and submission. */
import { serveImap } from '../../shared/servers/imap/serve-imap.ts'
import { serveSmtp } from '../../shared/servers/smtp/serve-smtp.ts'
import type { SmtpServices } from '../../shared/servers/smtp/services.ts'
import { readLimits } from '../../shared/settings.ts'
import { listen } from '../../shared/transport/tcp.ts'
import { LineClient } from '../bench/line-client.ts'
import { type ApiHouse, openApiHouse } from './http/api-house.ts'
import { ImapClient } from './imap/imap-client.ts'
import { Pop3Client } from './pop3/pop3-client.ts'
import { startPop3 } from './pop3/pop3-server.ts'

export interface AllDoors {
  house: ApiHouse
  imap(): Promise<ImapClient>
  pop3(): Promise<Pop3Client>
  /** Greeted, EHLO said. */
  smtp(door: 'mx' | 'submission'): Promise<LineClient>
  close(): Promise<void>
}

/** The last line of the reply to an SMTP command. */
export async function smtpReply(client: LineClient, line: string): Promise<string> {
  client.write(`${line}\r\n`)
  return client.reply()
}

export function saslPlain(user: string, password: string, authorizationIdentity = ''): string {
  return Buffer.from(`${authorizationIdentity}\0${user}\0${password}`).toString('base64')
}

export async function openAllDoors(): Promise<AllDoors> {
  const house = await openApiHouse()
  const { store } = house
  // Many sessions come from one address here, and many of them fail on purpose.
  const limits = readLimits({ TUBEPOST_LIMIT_FAILED_LOGINS: '100000', TUBEPOST_LIMIT_FAILED_LOGINS_IN_ALL: '100000' })
  const common = { store, limits, hostName: 'mail.demo.test', allowPlaintext: () => true }
  const open = (serve: Parameters<typeof listen>[0]['serve']) =>
    listen({ host: '127.0.0.1', port: 0, tls: 'none', limits: { connections: 1000, connectionsPerIp: 1000 }, serve })
  const imap = await open((connection) => serveImap(connection, common))
  const smtpDoor = (role: SmtpServices['role']) => open((connection) => serveSmtp(connection, { ...common, role }))
  const doors = { mx: await smtpDoor('mx'), submission: await smtpDoor('submission') }
  const pop3 = await startPop3(store, limits)
  const clients: { close(): unknown }[] = []
  return {
    house,
    async imap() {
      const client = await ImapClient.connect(imap.port)
      clients.push(client)
      return client
    },
    async pop3() {
      const client = await Pop3Client.open(pop3.plain.port)
      clients.push({ close: () => client.socket.destroy() })
      return client
    },
    async smtp(door) {
      const client = await LineClient.open(doors[door].port)
      clients.push({ close: () => client.end() })
      await client.reply()
      await smtpReply(client, 'EHLO client.test')
      return client
    },
    async close() {
      for (const client of clients) await client.close()
      await Promise.all([imap, doors.mx, doors.submission].map((listener) => listener.drain({ graceMs: 200 })))
      await pop3.close()
      await house.close()
    },
  }
}
