import type { FetchRemote } from '../../flows/emails/compose-email.ts'
import type { EmailSettings } from '../../flows/emails/send-email.ts'
import type { MailHost } from '../../flows/tenants/domain-records.ts'
import type { Limits } from '../../settings.ts'
import type { LoginLimits } from '../../store/login-throttle.ts'
import type { SessionLimits } from '../../store/sessions.ts'
import type { Store } from '../../store/store.ts'
import type { JmapLimits } from '../jmap/method.ts'
import type { ServeWebSocket } from '../web-socket-connection.ts'
import type { Webmail } from './webmail.ts'

/** An object that a presigned link opens. */
export interface LinkedBlob {
  name: string
  filename: string
  contentType: string
}

/** What the HTTP server is given. */
export interface HttpServices {
  store: Store
  limits: Pick<
    Limits,
    | 'messageOctets'
    | 'recipients'
    | 'spoolMemoryOctets'
    | 'mimeLevels'
    | 'mimeParts'
    | 'httpBodyOctets'
    | 'httpBodiesOctets'
    | 'httpRequestsPerSecond'
    | 'webhooksPerTenant'
    | 'recipientsPerAccount'
  > &
    JmapLimits &
    LoginLimits &
    SessionLimits
  /** Where mail for our domains comes in, and who sends it. */
  mailHost: MailHost
  /** Opens the operator's API; without one only the demonstration's does. */
  operatorKey: string | undefined
  /** False while the process does not take work: not yet, or no more. */
  isReady(): boolean
  /** What a link opens, where the engine's links lead to this server; undefined for a link that is none, or over. */
  verifyLink?: (url: URL) => LinkedBlob | undefined
  /** As `verifyLink`, of a link to put an object. */
  verifyUpload?: (url: URL) => { name: string; length: number; sha256: string } | undefined
  /** Webhooks may lead to this machine, without TLS. Absent: no. */
  webhooksToLoopback?: boolean
  /** The relay keeps what would leave, and this process may read it. Absent: no. */
  showsCaptured?: boolean
  /** GET of a public URL, never of this network's own; throws where that fails, and ends after `maxOctets`. */
  fetchRemote: FetchRemote
  /** Absent: there is none at `/`. */
  webmail?: Webmail
  /** Whoever hands us requests can also hand us WebSockets. Absent: no. */
  webSockets?: true
  /** `https://mail.example.com`: where push is, as nothing can be waited for here. Absent: here. */
  pushOrigin?: string
}

/** `origin`: who sends from this machine is outside the limits of an hour, as by SMTP. */
export function emailSettings({ limits, mailHost, fetchRemote }: HttpServices, origin?: Origin): EmailSettings {
  const { messageOctets, spoolMemoryOctets, recipientsPerAccount } = limits
  const hourly = origin?.loopback ? {} : { recipientsPerAccount }
  return { messageOctets, spoolMemoryOctets, hostName: mailHost.hostName, fetchRemote, ...hourly }
}

/** Who sent a request, as the transport knows it. */
export interface Origin {
  remoteAddress: string
  /** It came to this machine from itself. */
  loopback: boolean
  /** An answer goes out once it is whole, and is not to be large. */
  buffered?: true
  /** Of a request for it: makes the connection a WebSocket of this subprotocol; the answer is then for nobody. */
  acceptWebSocket?: (subprotocol: string, serve: ServeWebSocket) => void
}
