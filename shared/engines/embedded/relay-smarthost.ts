import { hasNonAscii } from '../../codec/smtp/address.ts'
import { log } from '../../log.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Relay, RelayMessage, RelayOutcome, RelayResult } from '../../ports/relay.ts'
import { systemClock } from '../common/clock.ts'
import { fairTurns } from '../common/fair-turns.ts'
import { asLines, type Lines } from './as-lines.ts'
import { signed } from './message-signer.ts'
import { type Credentials, type ServerPlace, SmtpClient, TlsFailedError } from './smtp-client.ts'
import { transact } from './smtp-transaction.ts'

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
/** What a server of the usual settings takes from one client. */
const AT_ONCE = 20
/** All of it together, where the message does not say how long. */
const ATTEMPT_MS = 15 * 60_000

/**
 * Hands messages to one server, a connection each. What it answers decides for each recipient: 4xx is deferred, 5xx has failed. A
 * connection that fails before there was an answer throws, and all of it may be tried again.
 */
export function smarthostRelay(smarthost: SmarthostOptions): Relay {
  const { url, hostName, maxOctets, timeoutMs = TIMEOUT_MS, ca, clock = systemClock } = smarthost
  const inTurn = fairTurns(smarthost.atOnce ?? AT_ONCE)
  const place = placeOf(new URL(url), hostName, timeoutMs, ca)
  const credentials = credentialsOf(new URL(url))

  async function send(given: RelayMessage, signal: AbortSignal): Promise<RelayResult> {
    signal.throwIfAborted()
    const client = await open(place, given.tls, signal)
    try {
      const result = await talk(client, given)
      void client.quit() // it has said what counts
      return result
    } catch (error) {
      client.close()
      throw error
    }
  }

  async function talk(client: SmtpClient, given: RelayMessage): Promise<RelayResult> {
    const lines = await asLines(given.content)
    const smtputf8 = given.smtputf8 && isInternational(given, lines)
    const message = { ...given, content: lines.source, smtputf8 }
    const missing = missingFor(message, lines, client.offers)
    if (missing !== undefined) return { outcomes: allOf(given.recipients, 'failed', missing) }
    if (credentials) await client.logIn(credentials)
    return { outcomes: await sendAll(client, { ...message, content: await signed(message, clock.now()) }) }
  }

  return {
    carries: { maxOctets, maxRecipients: MAX_RECIPIENTS, eightBit: true, smtputf8: true },
    send: (message) =>
      within(message.withinMs ?? ATTEMPT_MS, (signal) => inTurn(message.tenant, () => send(message, signal))),
  }
}

/** Who waits in line for too long has had no turn. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const isOver = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error('the attempt took too long')
      over.abort(error)
      reject(error)
    }, ms)
  })
  try {
    return await Promise.race([isOver, work(over.signal)])
  } finally {
    clearTimeout(timer)
  }
}

/** Connected, greeted, and under TLS as far as it must be. */
async function open(place: ServerPlace, tls: RelayMessage['tls'], signal: AbortSignal): Promise<SmtpClient> {
  if (tls !== undefined) {
    const tlsOptions = { ...place.tlsOptions, rejectUnauthorized: true }
    const strict = place.tls === 'implicit' ? 'implicit' : 'starttls'
    return SmtpClient.open({ ...place, tls: strict, tlsOptions }, signal)
  }
  try {
    return await SmtpClient.open(place, signal)
  } catch (error) {
    if (!(error instanceof TlsFailedError)) throw error
    // Opportunistic (RFC 7435 §3): a server whose TLS does not work gets its mail as one that has none.
    log.warn('smarthost-without-tls', { reason: error.message.trim() })
    return SmtpClient.open({ ...place, tls: 'none' }, signal)
  }
}

function placeOf(url: URL, hostName: string, timeoutMs: number, ca: string | undefined): ServerPlace {
  const isImplicit = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  const hasCredentials = url.username !== ''
  // A password leaves the house only under TLS. Without one TLS is opportunistic, any certificate better than none (RFC 7435).
  const isStrict = url.searchParams.get('tls') === 'required' || (hasCredentials && !isLoopback)
  return {
    host,
    // RFC 8314 §3.3 and RFC 6409 §3.1: who logs in submits, who does not relays.
    port: url.port === '' ? (isImplicit ? 465 : hasCredentials ? 587 : 25) : Number(url.port),
    tls: isImplicit ? 'implicit' : isStrict ? 'starttls' : 'opportunistic',
    tlsOptions: { rejectUnauthorized: isImplicit || isStrict, ...(ca !== undefined && { ca }) },
    name: hostName,
    timeoutMs,
  }
}

function credentialsOf(url: URL): Credentials | undefined {
  if (url.username === '') return undefined
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
}

function isInternational({ reversePath, recipients }: RelayMessage, { isAscii }: Lines): boolean {
  return !isAscii || hasNonAscii(reversePath) || recipients.some(hasNonAscii)
}

/** Why the message must not go to a server that offers no more than this. */
function missingFor(
  { smtputf8, body, tls, content }: RelayMessage,
  { isAscii }: Lines,
  offers: SmtpClient['offers'],
): string | undefined {
  // RFC 6531 §3.2: such a message must not go to a server that does not know it.
  if (smtputf8 && !offers.has('SMTPUTF8')) return '550 5.6.7 the relay does not offer SMTPUTF8'
  // RFC 6152 §3: we would have to convert it, which breaks its signatures. What only claims to be of 8 bits goes as of 7.
  if (body === '8BITMIME' && !isAscii && !offers.has('8BITMIME')) return '554 5.6.3 the relay does not offer 8BITMIME'
  if (body === 'BINARYMIME') return '554 5.6.1 the relay takes no BINARYMIME from here' // RFC 3030 §3: without BDAT it cannot go
  if (tls === 'always' && !offers.has('REQUIRETLS')) return '550 5.7.30 the relay does not offer REQUIRETLS'
  // It would answer so (RFC 1870 §6.1).
  const most = Number(offers.get('SIZE') ?? 0)
  return most > 0 && content.length > most ? '552 5.3.4 message too big for the relay' : undefined
}

/** In as many transactions as the server wants. */
async function sendAll(client: SmtpClient, message: RelayMessage): Promise<RelayOutcome[]> {
  const most = mostRecipients(client.offers)
  const outcomes: RelayOutcome[] = []
  for (let open = [...message.recipients]; open.length > 0; ) {
    const some = open.splice(0, most)
    try {
      const result = await transact(client, message, some)
      outcomes.push(...result.outcomes)
      open.push(...result.again)
    } catch (error) {
      // What went before is answered for: only the others may be tried again.
      if (outcomes.length === 0) throw error
      outcomes.push(...allOf([...some, ...open], 'deferred', `451 4.4.2 ${(error as Error).message}`))
      break
    }
  }
  return outcomes
}

/** RFC 9422 §4.2: RCPTMAX, where the server says how many it takes at a time. */
function mostRecipients(offers: SmtpClient['offers']): number {
  const limits = (offers.get('LIMITS') ?? '').toUpperCase().split(' ')
  const said = limits.find((limit) => limit.startsWith('RCPTMAX='))?.slice('RCPTMAX='.length) ?? ''
  return /^[1-9][0-9]{0,5}$/.test(said) ? Math.min(Number(said), MAX_RECIPIENTS) : MAX_RECIPIENTS
}

function allOf(recipients: readonly string[], outcome: RelayOutcome['outcome'], reply: string): RelayOutcome[] {
  return recipients.map((recipient) => ({ recipient, outcome, reply }))
}
