/**
 * Every setting with its default, and where it comes from: the environment of a task, a function or the embedded process. A wrong value
 * ends the start with one line that names the setting, its value and what it takes.
 */
import { LOG_LEVELS, type LogLevel } from './log.ts'

export class SettingError extends Error {
  override readonly name = 'SettingError'

  constructor(name: string, value: string, takes: string) {
    super(`${name}=${JSON.stringify(value)} is no valid setting: it takes ${takes}`)
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Limits that protect the house (DESIGN §9). Octets, counts and milliseconds. */
export interface Limits {
  messageOctets: number
  /** Of one transaction (RFC 5321 §4.5.3.1.8). */
  recipients: number
  connectionsPerIp: number
  /** Signed in at once, of one account, in this process. */
  connectionsPerAccount: number
  connections: number
  /** Of one account from one address within the window; beyond, that address is refused there until the window ends. */
  failedLogins: number
  /** From one address for any accounts: beyond, it is refused. For one account from any addresses: beyond, every try there waits. */
  failedLoginsInAll: number
  failedLoginsWindowMs: number
  /** How long who has failed often waits for an answer. */
  failedLoginDelayMs: number
  /** Without its CR LF. */
  smtpLineOctets: number
  smtpAuthLineOctets: number
  /** A command line without its literals. */
  imapLineOctets: number
  pop3LineOctets: number
  mimeLevels: number
  mimeParts: number
  /** A message up to this size waits in memory while it comes in. */
  spoolMemoryOctets: number
  /** What messages longer than that may hold in memory together, each a sixteenth of it at most; beyond it they wait in files. */
  spoolSharedOctets: number
  /** Received lines a message may carry before it counts as looping (RFC 5321 §6.3). */
  receivedLines: number
  smtpIdleMs: number
  /** While DATA comes in: silence, not duration. */
  smtpDataIdleMs: number
  imapIdleMs: number
  /** How often the newest record of a mailbox on which sessions idle is read, in case a hint was lost. */
  imapRefreshMs: number
  /** Before LOGIN. */
  imapLoginMs: number
  pop3IdleMs: number
  /** How long a sender waits for the greeting of port 25, so that one who does not wait for it is found out; 0: not at all. */
  smtpGreetingDelayMs: number
  /** Faulty commands in a session before it is closed. */
  protocolErrors: number
  /** The time in which the next five count. */
  rateWindowMs: number
  /** Transactions on port 25, of one IPv4 address or IPv6 /64. */
  messagesPerClient: number
  /** Transactions on port 25, of one reverse-path. */
  messagesPerSender: number
  /** To one address, from anybody. */
  messagesPerRecipient: number
  /** Addresses that do not exist, asked for by one client. */
  unknownRecipientsPerClient: number
  /** Recipients of what one account submits, in each hour of the clock. */
  recipientsPerAccount: number
  /** A greylisted client may come again after so long (RFC 6647 §4.5). */
  greylistDelayMs: number
  /** To a smarthost, at a time. */
  relayConnections: number
  /** In one process: how often lost events are looked for, and what nobody needs any more is deleted. */
  sweepEveryMs: number
  reclaimEveryMs: number
  /** After so many days a conversation in the trash of an inbox is deleted; 0: never. */
  inboxTrashDays: number
  /** Of one HTTP request: what an API call with its attachments in base64 may have. */
  httpBodyOctets: number
  /** Of all HTTP requests in memory at a time. */
  httpBodiesOctets: number
  /** Of one key; calls from this machine are only counted. */
  httpRequestsPerSecond: number
  /** How long a webhook's endpoint may take to answer. */
  webhookTimeoutMs: number
  /** Under way in one process, and of one tenant: a slow endpoint holds up nobody but its owner. */
  webhooksAtOnce: number
  webhooksAtOncePerTenant: number
  webhooksPerTenant: number
  /** Of one JMAP request; this and the next are told to clients in the session (RFC 8620 §2). */
  jmapCallsInRequest: number
  jmapObjectsInGet: number
  jmapObjectsInSet: number
  jmapRequestOctets: number
  /** Of one account at a time. */
  jmapConcurrentRequests: number
  jmapConcurrentUploads: number
  /** Of one account, uploaded and in no message yet. */
  jmapUploadsOctets: number
  /** Messages of all accounts that the process holds in memory for JMAP; what was used longest ago goes. */
  jmapIndexMessages: number
  /** Connections that wait for changes (EventSource, WebSocket), of one account. */
  jmapPushConnections: number
  /** A session of the webmail that is not used ends after so long. */
  sessionIdleMs: number
  /** And any after so long. */
  sessionMs: number
}

const MIB = 1024 * 1024
const MINUTE_MS = 60_000

const LIMIT_DEFAULTS: Limits = {
  messageOctets: 50 * MIB,
  recipients: 1000,
  connectionsPerIp: 100,
  connectionsPerAccount: 50,
  connections: 20_000,
  failedLogins: 20,
  failedLoginsInAll: 100,
  failedLoginsWindowMs: 15 * MINUTE_MS,
  failedLoginDelayMs: 2000,
  smtpLineOctets: 1000,
  smtpAuthLineOctets: 12_288,
  imapLineOctets: 64 * 1024,
  pop3LineOctets: 512,
  mimeLevels: 100,
  mimeParts: 10_000,
  spoolMemoryOctets: 256 * 1024,
  spoolSharedOctets: 64 * 1024 * 1024,
  receivedLines: 100,
  smtpIdleMs: 5 * MINUTE_MS, // RFC 5321 §4.5.3.2.7
  smtpDataIdleMs: 10 * MINUTE_MS, // RFC 5321 §4.5.3.2.5 gives DATA blocks at least 3 minutes
  imapIdleMs: 30 * MINUTE_MS, // RFC 9051 §5.4
  imapRefreshMs: MINUTE_MS,
  imapLoginMs: MINUTE_MS,
  pop3IdleMs: 10 * MINUTE_MS, // RFC 1939 §3
  smtpGreetingDelayMs: 0,
  protocolErrors: 20,
  rateWindowMs: 60 * MINUTE_MS,
  messagesPerClient: 10_000, // large providers send to all of our tenants from few addresses
  messagesPerSender: 1000,
  messagesPerRecipient: 3000,
  unknownRecipientsPerClient: 100,
  recipientsPerAccount: 2000,
  greylistDelayMs: MINUTE_MS,
  relayConnections: 20,
  sweepEveryMs: 60 * MINUTE_MS,
  reclaimEveryMs: 24 * 60 * MINUTE_MS,
  inboxTrashDays: 30,
  httpBodyOctets: 40 * MIB,
  httpBodiesOctets: 120 * MIB,
  httpRequestsPerSecond: 10,
  webhookTimeoutMs: 15_000,
  webhooksAtOnce: 30,
  webhooksAtOncePerTenant: 3,
  webhooksPerTenant: 20,
  jmapCallsInRequest: 64,
  jmapObjectsInGet: 1000,
  jmapObjectsInSet: 1000,
  jmapRequestOctets: 10 * MIB,
  jmapConcurrentRequests: 10,
  jmapConcurrentUploads: 8,
  jmapUploadsOctets: 500 * MIB,
  jmapIndexMessages: 500_000,
  jmapPushConnections: 20,
  sessionIdleMs: 7 * 24 * 60 * MINUTE_MS,
  sessionMs: 30 * 24 * 60 * MINUTE_MS,
}

/** `messageOctets` is set by TUBEPOST_LIMIT_MESSAGE_OCTETS, and so on. */
export function limitVariable(name: keyof Limits): string {
  return `TUBEPOST_LIMIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

export function readLimits(environment: Environment): Limits {
  const limits = { ...LIMIT_DEFAULTS }
  for (const name of Object.keys(limits) as (keyof Limits)[]) {
    const least = limits[name] === 0 || name === 'inboxTrashDays' ? 0 : 1 // what is off by default, or may be turned off
    limits[name] = integer(environment, limitVariable(name), limits[name], least, Number.MAX_SAFE_INTEGER)
  }
  return limits
}

/** What keeps abuse out of port 25, besides limits and what tenants say of their domains. */
export interface GuardSettings {
  /** SPF, DKIM, DMARC and ARC of what comes in. */
  senderChecks: boolean
  /** Clients on this machine are checked and limited as others are. */
  watchLoopback: boolean
  /** Where rspamd's normal worker or its proxy listens; undefined: content is not scanned. */
  rspamdUrl: string | undefined
  /** Domains whose ARC seal excuses a failed DMARC (RFC 8617 §7.2). */
  trustedSealers: readonly string[]
}

export function readGuardSettings(environment: Environment): GuardSettings {
  const sealers = text(environment, 'TUBEPOST_TRUSTED_SEALERS') ?? ''
  const trustedSealers = sealers.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  if (trustedSealers.some((domain) => !/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(domain)))
    throw new SettingError('TUBEPOST_TRUSTED_SEALERS', sealers, 'domain names with commas between them')
  const rspamdUrl = text(environment, 'TUBEPOST_RSPAMD_URL')
  if (rspamdUrl !== undefined && !(URL.canParse(rspamdUrl) && /^https?:$/.test(new URL(rspamdUrl).protocol)))
    throw new SettingError('TUBEPOST_RSPAMD_URL', rspamdUrl.replace(/\/\/.*@/, '//…@'), 'an http:// or https:// URL')
  return {
    senderChecks: choice(environment, 'TUBEPOST_SENDER_CHECKS', ['0', '1'], '1') === '1',
    watchLoopback: choice(environment, 'TUBEPOST_WATCH_LOOPBACK', ['0', '1'], '0') === '1',
    rspamdUrl,
    trustedSealers,
  }
}

/** Where clients find the doors from outside, whatever stands between: what autoconfiguration and SRV records say. */
export interface PublicPorts {
  imaps: number
  pop3s: number
  submissions: number
  submission: number
  https: number
}

export const WELL_KNOWN_PORTS: PublicPorts = { imaps: 993, pop3s: 995, submissions: 465, submission: 587, https: 443 }

/** RFC 8461 §5: how those who deliver to our domains take a host or a certificate that is not right. */
export const MTA_STS_MODES = ['enforce', 'testing', 'none'] as const
export type MtaStsMode = (typeof MTA_STS_MODES)[number]

/** What mail programs and other servers are told of the way in. `own`: ports this process listens on, 0 for any. */
export function readAnnounced(
  environment: Environment,
  own: Partial<PublicPorts> = {},
): { publicPorts: PublicPorts; mtaSts: MtaStsMode } {
  const port = (name: keyof PublicPorts) =>
    integer(environment, `TUBEPOST_PUBLIC_${name.toUpperCase()}_PORT`, own[name] || WELL_KNOWN_PORTS[name], 1, 65_535)
  return {
    publicPorts: {
      imaps: port('imaps'),
      pop3s: port('pop3s'),
      submissions: port('submissions'),
      submission: port('submission'),
      https: port('https'),
    },
    mtaSts: choice(environment, 'TUBEPOST_MTA_STS', MTA_STS_MODES, 'testing'),
  }
}

export interface EmbeddedSettings {
  /** Folder of everything that is kept. */
  data: string
  host: string
  ports: {
    smtp: number
    submission: number
    submissions: number
    imap: number
    imaps: number
    pop3: number
    pop3s: number
    http: number
  }
  /** Of GET /ready, /health and /metrics, on `host`; undefined: not at all. */
  readyPort: number | undefined
  /** Every connection to a mail port begins with a PROXY header of version 2: for a server that only a proxy reaches. */
  proxyProtocol: boolean
  relay: { kind: 'capture' } | { kind: 'smarthost'; url: string } | { kind: 'ses' }
  tls: { cert: string; key: string } | undefined
  operatorKey: string | undefined
  /** Webhooks may lead to this machine, without TLS; undefined: where `host` is a loopback one. */
  webhooksToLoopback: boolean | undefined
  /** Address that mail for the host's `<Postmaster>` goes to; undefined: that of the host name or of the first tenant. */
  postmaster: string | undefined
  publicPorts: PublicPorts
  mtaSts: MtaStsMode
  log: LogLevel
  demo: boolean
  /** The name we greet and sign traces with (RFC 5321 §4.1.1.1). */
  hostName: string
  guard: GuardSettings
  /** Resolvers to ask, as `address` or `address:port`; undefined: the system's. */
  dnsServers: readonly string[] | undefined
  limits: Limits
}

export function readEmbeddedSettings(environment: Environment): EmbeddedSettings {
  const port = (name: string, fallback: number) => integer(environment, `TUBEPOST_${name}_PORT`, fallback, 0, 65_535)
  const ports = {
    smtp: port('SMTP', 2525),
    submission: port('SUBMISSION', 2587),
    submissions: port('SUBMISSIONS', 2465),
    imap: port('IMAP', 2143),
    imaps: port('IMAPS', 2993),
    pop3: port('POP3', 2110),
    pop3s: port('POP3S', 2995),
    http: port('HTTP', 8080),
  }
  return {
    data: text(environment, 'TUBEPOST_DATA') ?? './data',
    host: text(environment, 'TUBEPOST_HOST') ?? '127.0.0.1',
    ports,
    ...readAnnounced(environment, ports),
    readyPort: text(environment, 'TUBEPOST_READY_PORT') === undefined ? undefined : port('READY', 0),
    proxyProtocol: choice(environment, 'TUBEPOST_PROXY_PROTOCOL', ['0', '1'], '0') === '1',
    relay: relay(environment),
    tls: tls(environment),
    operatorKey: text(environment, 'TUBEPOST_OPERATOR_KEY'),
    webhooksToLoopback: flag(environment, 'TUBEPOST_WEBHOOKS_TO_LOOPBACK'),
    postmaster: text(environment, 'TUBEPOST_POSTMASTER'),
    log: choice(environment, 'TUBEPOST_LOG', LOG_LEVELS, 'info'),
    demo: choice(environment, 'TUBEPOST_DEMO', ['0', '1'], '1') === '1',
    hostName: hostName(environment),
    guard: readGuardSettings(environment),
    dnsServers: dnsServers(environment),
    limits: readLimits(environment),
  }
}

/** What a deployment tells its tasks and functions, besides limits: each gets what it has a right to, and no more. */
export const DEPLOYED_VARIABLES = {
  hostName: 'TUBEPOST_HOST_NAME',
  log: 'TUBEPOST_LOG',
  table: 'TUBEPOST_TABLE',
  bucket: 'TUBEPOST_BUCKET',
  /** URLs. */
  arrivals: 'TUBEPOST_QUEUE_ARRIVALS',
  outgoing: 'TUBEPOST_QUEUE_OUTGOING',
  feedback: 'TUBEPOST_QUEUE_FEEDBACK',
  jobs: 'TUBEPOST_QUEUE_JOBS',
  door: 'TUBEPOST_QUEUE_DOOR',
  /** ARN of a role whose sessions reach the tenant of their tag alone; with it, what is a tenant's goes by no other credentials. */
  tenantRole: 'TUBEPOST_TENANT_ROLE',
  /** What the names of the gateways' own queues begin with, one queue a task; a process that only publishes hints has none. */
  feedQueuePrefix: 'TUBEPOST_FEED_QUEUE_PREFIX',
  /** Origin of the gateways' HTTPS door, where clients can wait for news; absent: there is none. */
  pushOrigin: 'TUBEPOST_PUSH_ORIGIN',
  /** `ses` or `capture`. */
  relay: 'TUBEPOST_RELAY',
  sesConfigurationSet: 'TUBEPOST_SES_CONFIGURATION_SET',
  /** `arn:aws:ses:<region>:<account>`, which ARNs of what is in SES begin with. */
  sesResources: 'TUBEPOST_SES_RESOURCES',
  /** What the names of tenants in SES begin with; absent: there are none, and all send as one. */
  sesTenantPrefix: 'TUBEPOST_SES_TENANT_PREFIX',
  /** ARN of a secret: the operator key as text. */
  operatorSecret: 'TUBEPOST_OPERATOR_SECRET',
  /** ARN of a secret: JSON with `certificate` and `key` in PEM; both absent where there is none yet. */
  tlsSecret: 'TUBEPOST_TLS_SECRET',
  /** Id of the Route 53 zone in which a task without a load balancer writes the mail host's A record before it listens. */
  hostedZone: 'TUBEPOST_HOSTED_ZONE',
  /** Folder for messages that come in and are too large for memory. */
  spool: 'TUBEPOST_SPOOL',
} as const
export type DeployedVariable = keyof typeof DEPLOYED_VARIABLES

/** Ports a task listens on, the same in every deployment; the load balancer's listeners have the well-known ones. */
export const TASK_PORTS = {
  smtp: 2525,
  submission: 2587,
  submissions: 2465,
  imap: 2143,
  imaps: 2993,
  pop3: 2110,
  pop3s: 2995,
  https: 2443,
  /** GET answers 200 while the task takes connections, 503 once it drains. */
  ready: 9000,
} as const
export type TaskPort = keyof typeof TASK_PORTS

export function taskPortVariable(port: TaskPort): string {
  return `TUBEPOST_${port.toUpperCase()}_PORT`
}

export interface DeployedSettings {
  hostName: string
  publicPorts: PublicPorts
  mtaSts: MtaStsMode
  log: LogLevel
  /** Address that mail for the host's `<Postmaster>` goes to; undefined: that of the host name or of the first tenant. */
  postmaster: string | undefined
  guard: GuardSettings
  limits: Limits
  /** Ports the task was told to listen on. */
  ports: Partial<Record<TaskPort, number>>
  /** Throws SettingError where the deployment did not give it. */
  need(name: DeployedVariable): string
  find(name: DeployedVariable): string | undefined
}

export function readDeployedSettings(environment: Environment): DeployedSettings {
  const find = (name: DeployedVariable) => text(environment, DEPLOYED_VARIABLES[name])
  const ports: Partial<Record<TaskPort, number>> = {}
  for (const port of Object.keys(TASK_PORTS) as TaskPort[]) {
    const number = integer(environment, taskPortVariable(port), 0, 0, 65_535)
    if (number !== 0) ports[port] = number
  }
  return {
    hostName: hostName(environment),
    ...readAnnounced(environment),
    postmaster: text(environment, 'TUBEPOST_POSTMASTER'),
    log: choice(environment, 'TUBEPOST_LOG', LOG_LEVELS, 'info'),
    guard: readGuardSettings(environment),
    limits: readLimits(environment),
    ports,
    find,
    need(name) {
      const value = find(name)
      if (value === undefined) throw new SettingError(DEPLOYED_VARIABLES[name], '', 'what the deployment gives it')
      return value
    },
  }
}

function dnsServers(environment: Environment): string[] | undefined {
  const name = 'TUBEPOST_DNS_SERVERS'
  const servers = text(environment, name)
    ?.split(',')
    .map((server) => server.trim())
  if (servers !== undefined && !servers.every(isAddressWithPort))
    throw new SettingError(
      name,
      servers.join(','),
      'IP addresses with commas between them, each with a port if it is not 53',
    )
  return servers
}

/** An IP address, or one with a port, where that of version 6 has brackets. */
function isAddressWithPort(server: string): boolean {
  const bare = !server.startsWith('[') && server.split(':').length > 2
  const url = `http://${bare ? `[${server}]` : server}`
  return URL.canParse(url) && /^(\d+(\.\d+){3}|\[.+\])$/.test(new URL(url).hostname)
}

function text(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  return value === undefined || value === '' ? undefined : value
}

function integer(environment: Environment, name: string, fallback: number, least: number, most: number): number {
  const value = text(environment, name)
  if (value === undefined) return fallback
  const number = Number(value)
  if (!/^[0-9]+$/.test(value) || number < least || number > most) {
    throw new SettingError(name, value, `a whole number from ${least} to ${most}`)
  }
  return number
}

/** Undefined where nothing is said. */
function flag(environment: Environment, name: string): boolean | undefined {
  if (text(environment, name) === undefined) return undefined
  return choice(environment, name, ['0', '1'], '0') === '1'
}

function choice<T extends string>(environment: Environment, name: string, choices: readonly T[], fallback: T): T {
  const value = text(environment, name) ?? fallback
  const found = choices.find((candidate) => candidate === value)
  if (found === undefined) throw new SettingError(name, value, `one of ${choices.join(', ')}`)
  return found
}

function relay(environment: Environment): EmbeddedSettings['relay'] {
  const value = text(environment, 'TUBEPOST_RELAY') ?? 'capture'
  if (value === 'capture' || value === 'ses') return { kind: value }
  const protocol = URL.canParse(value) ? new URL(value).protocol : undefined
  if (protocol !== 'smtp:' && protocol !== 'smtps:') {
    // A URL may hold a password, which must not reach the log.
    throw new SettingError(
      'TUBEPOST_RELAY',
      value.replace(/\/\/.*@/, '//…@'),
      'capture, ses, or an smtp:// or smtps:// URL',
    )
  }
  return { kind: 'smarthost', url: value }
}

function tls(environment: Environment): EmbeddedSettings['tls'] {
  const cert = text(environment, 'TUBEPOST_TLS_CERT')
  const key = text(environment, 'TUBEPOST_TLS_KEY')
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined)
    throw new SettingError('TUBEPOST_TLS_CERT', '', 'the file of the certificate that belongs to TUBEPOST_TLS_KEY')
  if (key === undefined)
    throw new SettingError('TUBEPOST_TLS_KEY', '', 'the file of the key that belongs to TUBEPOST_TLS_CERT')
  return { cert, key }
}

function hostName(environment: Environment): string {
  const value = text(environment, 'TUBEPOST_HOST_NAME') ?? 'localhost'
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(value))
    throw new SettingError('TUBEPOST_HOST_NAME', value, 'a domain name')
  return value
}
