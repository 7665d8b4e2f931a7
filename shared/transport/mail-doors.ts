import { AccountConnections } from '../servers/account-connections.ts'
import type { Connection } from '../servers/connection.ts'
import { serveImap } from '../servers/imap/serve-imap.ts'
import type { ImapServices } from '../servers/imap/services.ts'
import { refusePop3, servePop3 } from '../servers/pop3/serve-pop3.ts'
import type { Pop3Services } from '../servers/pop3/services.ts'
import { refuseSmtp, serveSmtp } from '../servers/smtp/serve-smtp.ts'
import type { SmtpServices } from '../servers/smtp/services.ts'
import type { Limits } from '../settings.ts'
import type { Certificates } from './certificates.ts'
import { countConnections } from './connection-limits.ts'
import { type Listener, listen } from './tcp.ts'

/** Every door that mail and its readers come through, by the name of its setting. */
export const DOORS = ['smtp', 'submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s'] as const
export type Door = (typeof DOORS)[number]

export interface DoorServices extends Omit<SmtpServices, 'role'>, ImapServices, Pop3Services {
  limits: Limits
  /** Connections begin with a PROXY header of version 2. */
  proxyProtocol?: boolean
}

const OPENINGS: Record<
  Door,
  {
    tls: 'implicit' | 'starttls'
    serve: Serve
    refuse?: (refusal: 'too-many-connections' | 'too-many-from-address') => string
  }
> = {
  smtp: {
    tls: 'starttls',
    serve: (connection, services) =>
      serveSmtp(connection, { ...services, role: 'mx', greetingDelayMs: services.limits.smtpGreetingDelayMs }),
    refuse: refuseSmtp,
  },
  submission: { tls: 'starttls', serve: serveSubmission, refuse: refuseSmtp },
  submissions: { tls: 'implicit', serve: serveSubmission },
  imap: { tls: 'starttls', serve: serveImap, refuse: () => '* BYE Too many connections\r\n' },
  imaps: { tls: 'implicit', serve: serveImap },
  pop3: { tls: 'starttls', serve: servePop3, refuse: refusePop3 },
  pop3s: { tls: 'implicit', serve: servePop3 },
}
type Serve = (connection: Connection, services: DoorServices) => Promise<void>

function serveSubmission(connection: Connection, services: DoorServices): Promise<void> {
  return serveSmtp(connection, { ...services, role: 'submission' })
}

/** Opens the doors that have a port (0: any free one); they count their connections together. Throws the system's error where one cannot be had. */
export async function openDoors(
  host: string,
  ports: Partial<Record<Door, number>>,
  certificates: Certificates,
  services: DoorServices,
): Promise<Map<Door, Listener>> {
  const count = countConnections(services.limits)
  const accountConnections = new AccountConnections(services.limits.connectionsPerAccount)
  const opened = new Map<Door, Listener>()
  try {
    for (const door of DOORS) {
      const port = ports[door]
      if (port === undefined) continue
      const { tls, serve, refuse } = OPENINGS[door]
      const options = {
        name: door,
        host,
        port,
        tls,
        certificates,
        limits: services.limits,
        proxyProtocol: services.proxyProtocol === true,
        count,
        ...(refuse && { refuse }),
      }
      const counted = async (connection: Connection) => {
        try {
          await serve(connection, { ...services, accountConnections })
        } finally {
          accountConnections.leave(connection)
        }
      }
      opened.set(door, await listen({ ...options, serve: counted }))
    }
    return opened
  } catch (error) {
    await Promise.all([...opened.values()].map((listener) => listener.drain({ graceMs: 0 })))
    throw error
  }
}
