import { Readable } from 'node:stream'
import type { NodemailerError } from 'nodemailer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Relay, RelayMessage, RelayOutcome, RelayResult } from '../../ports/relay.ts'

export interface SmarthostOptions {
  /** `smtp://user:password@host:port`; `smtps://` begins with TLS (RFC 8314). */
  url: string
  /** What we say in EHLO. */
  hostName: string
  maxOctets: number
  /** Of silence. */
  timeoutMs?: number
}

/** RFC 5321 §4.5.3.1.8: what every server takes. */
const MAX_RECIPIENTS = 100
/** RFC 5321 §4.5.3.2: the longest wait a client owes is that for the answer to the end of DATA. */
const TIMEOUT_MS = 10 * 60_000
const CONNECT_MS = 30_000

/**
 * Hands messages to one server, a connection each. What it answers decides for each recipient: 4xx is deferred, 5xx has failed. A
 * connection that fails before there was an answer throws, and all of it may be tried again.
 */
export function smarthostRelay({ url, hostName, maxOctets, timeoutMs = TIMEOUT_MS }: SmarthostOptions): Relay {
  const options = connectionOptions(new URL(url), hostName, timeoutMs)
  const credentials = credentialsOf(new URL(url))

  return {
    carries: { maxOctets, maxRecipients: MAX_RECIPIENTS, eightBit: true, smtputf8: true },

    async send(message) {
      const connection = new SMTPConnection(options)
      // Kept for as long as the connection lives: it may fail again after the call that told us.
      const failed = new Promise<never>((_resolve, reject) => connection.on('error', reject))
      failed.catch(() => {}) // told by the race below, or of no more interest
      try {
        await Promise.race([failed, connect(connection)])
        // RFC 6531 §3.2: such a message must not go to a server that does not know it.
        if (message.smtputf8 && !/^250[ -]SMTPUTF8\b/im.test(connection.lastServerResponse || ''))
          return allOf(message, 'failed', '550 5.6.7 the relay does not offer SMTPUTF8')
        if (credentials) await Promise.race([failed, logIn(connection, credentials)])
        const result = await Promise.race([failed, transmit(connection, message)])
        connection.quit()
        return result
      } finally {
        connection.close()
      }
    },
  }
}

function connectionOptions(url: URL, hostName: string, timeoutMs: number): SMTPConnection.Options {
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  const hasCredentials = url.username !== ''
  return {
    host,
    // RFC 8314 §3.3 and RFC 6409 §3.1: who logs in submits, who does not relays.
    port: url.port === '' ? (secure ? 465 : hasCredentials ? 587 : 25) : Number(url.port),
    secure,
    // A password leaves the house only under TLS. Without one TLS is opportunistic, any certificate better than none (RFC 7435).
    requireTLS: !secure && hasCredentials && !isLoopback,
    tls: { rejectUnauthorized: secure || (hasCredentials && !isLoopback) },
    name: hostName,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: timeoutMs,
  }
}

function credentialsOf(url: URL): SMTPConnection.Credentials | undefined {
  if (url.username === '') return undefined
  return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
}

function connect(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))
}

function logIn(connection: SMTPConnection, credentials: SMTPConnection.Credentials): Promise<void> {
  return new Promise((resolve, reject) => connection.login(credentials, (error) => (error ? reject(error) : resolve())))
}

function transmit(connection: SMTPConnection, message: RelayMessage): Promise<RelayResult> {
  const { reversePath, recipients, content } = message
  const envelope = { from: reversePath, to: [...recipients], size: content.length, use8BitMime: true }
  const octets = Readable.from(content.open(), { objectMode: false })
  return new Promise((resolve, reject) => {
    connection.send(envelope, octets, (error: NodemailerError | null, info) => {
      if (!error) resolve(outcomes(message, info.rejectedErrors ?? [], 'sent', info.response))
      else if (error.rejectedErrors) resolve(outcomes(message, error.rejectedErrors, 'failed', error.response ?? ''))
      else if (error.responseCode && error.response)
        resolve(allOf(message, outcomeOf(error.responseCode), error.response))
      // Larger than the server's SIZE: it was never asked, and would answer so (RFC 1870 §6.1).
      else if (error.code === 'EMESSAGE' && error.command === 'MAIL FROM')
        resolve(allOf(message, 'failed', '552 5.3.4 message too big for the relay'))
      else reject(error)
    })
  })
}

function outcomeOf(code: number): RelayOutcome['outcome'] {
  return code >= 500 ? 'failed' : 'deferred'
}

function allOf(message: RelayMessage, outcome: RelayOutcome['outcome'], reply: string): RelayResult {
  return { outcomes: message.recipients.map((recipient) => ({ recipient, outcome, reply })) }
}

/** Those refused at RCPT have their own answer, the others that of the message. */
function outcomes(
  message: RelayMessage,
  refused: readonly NodemailerError[],
  outcome: RelayOutcome['outcome'],
  reply: string,
): RelayResult {
  const refusals = new Map(refused.map((error) => [error.recipient, error]))
  return {
    outcomes: message.recipients.map((recipient) => {
      const refusal = refusals.get(recipient)
      if (!refusal) return { recipient, outcome, reply }
      return { recipient, outcome: outcomeOf(refusal.responseCode ?? 0), reply: refusal.response ?? refusal.message }
    }),
  }
}
