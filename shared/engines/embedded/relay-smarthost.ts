import { Readable } from 'node:stream'
import type { NodemailerError } from 'nodemailer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Clock } from '../../ports/clock.ts'
import type { Relay, RelayMessage, RelayOutcome, RelayResult } from '../../ports/relay.ts'
import { systemClock } from '../common/clock.ts'
import { fairTurns } from '../common/fair-turns.ts'
import { signed } from './message-signer.ts'

export interface SmarthostOptions {
  /**
   * `smtp://user:password@host:port`; `smtps://` begins with TLS (RFC 8314). `?tls=required`: without TLS and a certificate that holds
   * nothing is sent; otherwise TLS is opportunistic where no password is.
   */
  url: string
  /** What we say in EHLO. */
  hostName: string
  maxOctets: number
  /** Of silence. */
  timeoutMs?: number
  /** Connections at a time. */
  atOnce?: number
  clock?: Pick<Clock, 'now'>
  /** Certificates to trust beside the well-known ones, PEM. */
  ca?: string
}

/** RFC 5321 §4.5.3.1.8: what every server takes. */
const MAX_RECIPIENTS = 100
/** RFC 5321 §4.5.3.2: the longest wait a client owes is that for the answer to the end of DATA. */
const TIMEOUT_MS = 10 * 60_000
const CONNECT_MS = 30_000
/** What a server of the usual settings takes from one client. */
const AT_ONCE = 20

/** Recipients that go by one transaction: the library says the same of all of them. */
interface Group {
  recipients: string[]
  dsn: SMTPConnection.DSNOptions | undefined
}

/**
 * Hands messages to one server, a connection each. What it answers decides for each recipient: 4xx is deferred, 5xx has failed. A
 * connection that fails before there was an answer throws, and all of it may be tried again.
 */
export function smarthostRelay(smarthost: SmarthostOptions): Relay {
  const { url, hostName, maxOctets, timeoutMs = TIMEOUT_MS, ca, clock = systemClock } = smarthost
  const inTurn = fairTurns(smarthost.atOnce ?? AT_ONCE)
  const place = new URL(url)
  const options = connectionOptions(place, hostName, timeoutMs)
  const credentials = credentialsOf(place)

  function connectionFor({ tls }: RelayMessage): SMTPConnection {
    const trust = ca === undefined ? {} : { ca }
    if (tls === undefined) return new SMTPConnection({ ...options, tls: { ...options.tls, ...trust } })
    const strict = { requireTLS: !options.secure, tls: { ...options.tls, ...trust, rejectUnauthorized: true } }
    return new SMTPConnection({ ...options, ...strict })
  }

  async function send(unsigned: RelayMessage): Promise<RelayResult> {
    const connection = connectionFor(unsigned)
    // Kept for as long as the connection lives: it may fail again after the call that told us.
    const failed = new Promise<never>((_resolve, reject) => connection.on('error', reject))
    failed.catch(() => {}) // told by the race below, or of no more interest
    try {
      await Promise.race([failed, connect(connection)])
      const offers = offered(connection.lastServerResponse || '')
      const missing = missingFor(unsigned, offers)
      if (missing !== undefined) return { outcomes: allOf(unsigned.recipients, 'failed', missing) }
      if (credentials) await Promise.race([failed, logIn(connection, credentials)])
      const message = { ...unsigned, content: await signed(unsigned, clock.now()) }
      const outcomes: RelayOutcome[] = []
      for (const group of groupsOf(message, offers)) {
        try {
          // A transaction in which nobody was taken is still open (RFC 5321 §4.1.1.5).
          if (outcomes.length > 0) await Promise.race([failed, reset(connection)])
          outcomes.push(...(await Promise.race([failed, transmit(connection, message, group)])))
        } catch (error) {
          // What went before is answered for: only the others may be tried again.
          if (outcomes.length === 0) throw error
          outcomes.push(...allOf(group.recipients, 'deferred', `451 4.4.2 ${(error as Error).message}`))
        }
      }
      connection.quit()
      return { outcomes }
    } finally {
      connection.close()
    }
  }

  return {
    carries: { maxOctets, maxRecipients: MAX_RECIPIENTS, eightBit: true, smtputf8: true },
    send: (message) => inTurn(message.tenant, () => send(message)),
  }
}

function connectionOptions(url: URL, hostName: string, timeoutMs: number): SMTPConnection.Options {
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  const hasCredentials = url.username !== ''
  const required = url.searchParams.get('tls') === 'required'
  return {
    host,
    // RFC 8314 §3.3 and RFC 6409 §3.1: who logs in submits, who does not relays.
    port: url.port === '' ? (secure ? 465 : hasCredentials ? 587 : 25) : Number(url.port),
    secure,
    // A password leaves the house only under TLS. Without one TLS is opportunistic, any certificate better than none (RFC 7435).
    requireTLS: !secure && (required || (hasCredentials && !isLoopback)),
    tls: { rejectUnauthorized: secure || required || (hasCredentials && !isLoopback) },
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

function reset(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => connection.reset((error) => (error ? reject(error) : resolve())))
}

/** Keywords of the reply to EHLO (RFC 5321 §4.1.1.1). */
function offered(reply: string): ReadonlySet<string> {
  return new Set(reply.split(/\r?\n/).map((line) => line.slice(4).split(' ', 1)[0]!.toUpperCase()))
}

/** Why the message must not go to a server that offers no more than this. */
function missingFor({ smtputf8, body, tls }: RelayMessage, offers: ReadonlySet<string>): string | undefined {
  // RFC 6531 §3.2: such a message must not go to a server that does not know it.
  if (smtputf8 && !offers.has('SMTPUTF8')) return '550 5.6.7 the relay does not offer SMTPUTF8'
  // RFC 6152 §3: we would have to convert it, which breaks its signatures.
  if (body === '8BITMIME' && !offers.has('8BITMIME')) return '554 5.6.3 the relay does not offer 8BITMIME'
  if (body === 'BINARYMIME') return '554 5.6.1 the relay takes no BINARYMIME from here' // RFC 3030 §3: without BDAT it cannot go
  if (tls === 'always' && !offers.has('REQUIRETLS')) return '550 5.7.30 the relay does not offer REQUIRETLS'
  return undefined
}

/** RFC 3461 §5.2.1: what the sender wants to be told goes on to a server that offers DSN. */
function groupsOf({ recipients, dsn }: RelayMessage, offers: ReadonlySet<string>): Group[] {
  if (dsn === undefined || !offers.has('DSN')) return [{ recipients: [...recipients], dsn: undefined }]
  const groups = new Map<string, Group>()
  for (const recipient of recipients) {
    const { notify, originalRecipient } = dsn.recipients.get(recipient) ?? {}
    const wishes: SMTPConnection.DSNOptions = {
      ...(dsn.ret !== undefined && { ret: dsn.ret }),
      ...(dsn.envid !== undefined && { envid: dsn.envid }),
      ...(notify !== undefined && { notify: notify.length === 0 ? 'NEVER' : [...notify] }),
      // The library writes xtext, which is not how a utf-8 address is written (RFC 6533 §3); it is known without it too.
      ...(originalRecipient !== undefined && !originalRecipient.startsWith('utf-8;') && { orcpt: originalRecipient }),
    }
    const key = JSON.stringify(wishes)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { recipients: [recipient], dsn: wishes })
    else group.recipients.push(recipient)
  }
  return [...groups.values()]
}

function transmit(connection: SMTPConnection, message: RelayMessage, group: Group): Promise<RelayOutcome[]> {
  const { reversePath, content, body, tls } = message
  const { recipients, dsn } = group
  const envelope = {
    from: reversePath,
    to: [...recipients],
    size: content.length,
    use8BitMime: body !== undefined && body !== '7BIT',
    ...(dsn !== undefined && { dsn }),
    ...(tls === 'always' && { requireTLSExtensionEnabled: true }),
  }
  const octets = Readable.from(content.open(), { objectMode: false })
  return new Promise((resolve, reject) => {
    connection.send(envelope, octets, (error: NodemailerError | null, info) => {
      if (!error) resolve(outcomes(group, info.rejectedErrors ?? [], 'sent', info.response))
      else if (error.rejectedErrors) resolve(outcomes(group, error.rejectedErrors, 'failed', error.response ?? ''))
      else if (error.responseCode && error.response)
        resolve(allOf(recipients, outcomeOf(error.responseCode), error.response))
      // Larger than the server's SIZE: it was never asked, and would answer so (RFC 1870 §6.1).
      else if (error.code === 'EMESSAGE' && error.command === 'MAIL FROM')
        resolve(allOf(recipients, 'failed', '552 5.3.4 message too big for the relay'))
      else reject(error)
    })
  })
}

function outcomeOf(code: number): RelayOutcome['outcome'] {
  return code >= 500 ? 'failed' : 'deferred'
}

function allOf(recipients: readonly string[], outcome: RelayOutcome['outcome'], reply: string): RelayOutcome[] {
  return recipients.map((recipient) => ({ recipient, outcome, reply }))
}

/** Those refused at RCPT have their own answer, the others that of the message. */
function outcomes(
  { recipients, dsn }: Group,
  refused: readonly NodemailerError[],
  outcome: RelayOutcome['outcome'],
  reply: string,
): RelayOutcome[] {
  const refusals = new Map(refused.map((error) => [error.recipient, error]))
  return recipients.map((recipient) => {
    const refusal = refusals.get(recipient)
    if (!refusal) return { recipient, outcome, reply, ...(outcome === 'sent' && dsn !== undefined && { tells: true }) }
    return { recipient, outcome: outcomeOf(refusal.responseCode ?? 0), reply: refusal.response ?? refusal.message }
  })
}
