/** What an operator chooses for a deployment: the context of `cdk.json`, each under `tubepost:<name>`, or `-c tubepost:<name>=<value>`. */
import { LOG_LEVELS, type LogLevel } from '../shared/log.ts'
import {
  type GuardSettings,
  type Limits,
  limitVariable,
  MTA_STS_MODES,
  type MtaStsMode,
  readGuardSettings,
  readLimits,
  SettingError,
} from '../shared/settings.ts'

export const PROFILES = ['standard', 'small', 'door-only'] as const
/**
 * standard: a load balancer, smtp-ingress and mailbox-gateway. small: both in one task that writes its own A record. door-only: mail
 * comes in through SES alone, and nothing runs while there is none.
 */
export type Profile = (typeof PROFILES)[number]

export interface DeploymentSettings {
  /** Begins the names of the stacks, so that an account can hold more than one deployment. */
  name: string
  /** The mail host: what MX records name and clients connect to. */
  hostName: string
  region: string
  profile: Profile
  /** Mail also comes in through an SES receipt rule. Always so in the profile door-only. */
  sesDoor: boolean
  /** Availability zones with a load balancer address each. */
  zones: number
  /** Listeners for IMAP 143 and POP3 110 with STARTTLS, besides 993 and 995. */
  startTlsPorts: boolean
  /** `capture`: nothing leaves the deployment; what would have been sent is kept as `captured/` objects. */
  relay: 'ses' | 'capture'
  /**
   * `strict`: whatever touches a tenant's data does so by credentials that reach that tenant alone, which tasks and functions ask for with the
   * tenant's name as the session's tag. Costs a call of STS for each tenant, process and hour.
   */
  isolation: 'shared' | 'strict'
  /** Each tenant is one in SES, too: its reputation and its standing are its own. SES bills a tenant by the month: so in the profile standard alone, unless it is said. */
  sesTenants: boolean
  /** Where alarms are mailed to. It should not be an address of this deployment. */
  alarmAddress: string | undefined
  /** The Route 53 zone in which the profile small writes the mail host's A record. */
  hostedZoneId: string | undefined
  sizes: {
    /** 1,024 is one vCPU. */
    taskCpu: number
    taskMemoryMib: number
    /** What autoscaling may reach, for each of the two services. */
    tasksMost: number
    /** Open connections of a task, on average, that autoscaling aims at. */
    connectionsPerTask: number
    functionMemoryMib: number
    /** Calls of send-message at a time; SES has a rate per account. */
    sendConcurrency: number
  }
  /** Days. */
  retention: {
    deadLetters: number
    logs: number
    /** Of what was deleted or replaced in the bucket. */
    noncurrentObjects: number
    capturedObjects: number
    /** Until a message above 128 KiB is watched for a cheaper tier. */
    frequentObjects: number
  }
  log: LogLevel
  /** Who gets mail for the host's `<Postmaster>`: an address of a tenant's. */
  postmaster: string | undefined
  mtaSts: MtaStsMode
  /** What keeps abuse out of port 25. rspamd has to be reachable from the tasks' network. */
  guard: Pick<GuardSettings, 'senderChecks' | 'rspamdUrl' | 'trustedSealers'>
  limits: Limits
}

/** Throws SettingError where a value is wrong. `read` gives a context value, which is text when it comes from the command line. */
export function readDeploymentSettings(read: (name: string) => unknown): DeploymentSettings {
  const context = (name: string) => read(`tubepost:${name}`)
  const profile = choice(context, 'profile', PROFILES, 'standard')
  const hostedZoneId = text(context, 'hostedZoneId')
  if (profile === 'small' && hostedZoneId === undefined) {
    throw new SettingError('tubepost:hostedZoneId', '', 'the Route 53 zone of the mail host, for the profile small')
  }
  return {
    // With a tenant's 40 it makes a name of SES, which may have 64.
    name: pattern(context, 'name', 'Tubepost', /^[A-Za-z][A-Za-z0-9-]{0,22}$/, 'up to 23 letters, digits and hyphens'),
    hostName: pattern(context, 'hostName', 'mail.example.com', HOST_NAME, 'a domain name in lower case'),
    region: pattern(context, 'region', 'eu-west-1', /^[a-z]{2}(-[a-z]+)+-[0-9]$/, 'a region such as eu-west-1'),
    profile,
    sesDoor: profile === 'door-only' || choice(context, 'sesDoor', ['true', 'false'], 'false') === 'true',
    zones: integer(context, 'zones', 1, 1, 2),
    startTlsPorts: choice(context, 'startTlsPorts', ['true', 'false'], 'false') === 'true',
    relay: choice(context, 'relay', ['ses', 'capture'], 'ses'),
    sesTenants: choice(context, 'sesTenants', ['true', 'false'], profile === 'standard' ? 'true' : 'false') === 'true',
    isolation: choice(context, 'isolation', ['shared', 'strict'], 'shared'),
    alarmAddress: text(context, 'alarmAddress'),
    hostedZoneId,
    sizes: {
      taskCpu: Number(choice(context, 'taskCpu', ['256', '512', '1024', '2048', '4096'], '256')),
      taskMemoryMib: integer(context, 'taskMemoryMib', 512, 512, 30_720),
      tasksMost: integer(context, 'tasksMost', 4, 1, 100),
      connectionsPerTask: integer(context, 'connectionsPerTask', 2000, 10, 100_000),
      functionMemoryMib: integer(context, 'functionMemoryMib', 512, 128, 10_240),
      sendConcurrency: integer(context, 'sendConcurrency', 2, 2, 1000),
    },
    retention: {
      deadLetters: integer(context, 'deadLetterDays', 14, 1, 14),
      logs: Number(choice(context, 'logDays', LOG_DAYS, '30')),
      noncurrentObjects: integer(context, 'noncurrentObjectDays', 30, 1, 3650),
      capturedObjects: integer(context, 'capturedObjectDays', 30, 1, 3650),
      frequentObjects: integer(context, 'frequentObjectDays', 30, 0, 3650),
    },
    log: choice(context, 'log', LOG_LEVELS, 'info'),
    postmaster: text(context, 'postmaster'),
    mtaSts: choice(context, 'mtaSts', MTA_STS_MODES, 'testing'),
    guard: readGuardSettings({
      TUBEPOST_SENDER_CHECKS: choice(context, 'senderChecks', ['true', 'false'], 'true') === 'true' ? '1' : '0',
      TUBEPOST_RSPAMD_URL: text(context, 'rspamdUrl'),
      TUBEPOST_TRUSTED_SEALERS: text(context, 'trustedSealers'),
    }),
    limits: readLimits(limitsOf(context)),
  }
}

/** What CloudWatch takes. */
const LOG_DAYS = [
  '1',
  '3',
  '5',
  '7',
  '14',
  '30',
  '60',
  '90',
  '120',
  '150',
  '180',
  '365',
  '400',
  '545',
  '731',
  '1827',
  '3653',
]
const HOST_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/

type Context = (name: string) => unknown

function text(context: Context, name: string): string | undefined {
  const value = context(name)
  return value === undefined || value === null || value === '' ? undefined : String(value)
}

function pattern(context: Context, name: string, fallback: string, takes: RegExp, words: string): string {
  const value = text(context, name) ?? fallback
  if (!takes.test(value)) throw new SettingError(`tubepost:${name}`, value, words)
  return value
}

function choice<T extends string>(context: Context, name: string, choices: readonly T[], fallback: T): T {
  const value = text(context, name) ?? fallback
  const found = choices.find((candidate) => candidate === value)
  if (found === undefined) throw new SettingError(`tubepost:${name}`, value, `one of ${choices.join(', ')}`)
  return found
}

function integer(context: Context, name: string, fallback: number, least: number, most: number): number {
  const value = text(context, name) ?? String(fallback)
  const number = Number(value)
  if (!/^[0-9]+$/.test(value) || number < least || number > most) {
    throw new SettingError(`tubepost:${name}`, value, `a whole number from ${least} to ${most}`)
  }
  return number
}

/** `tubepost:limits` is an object of names as in `Limits`; it goes through the reader that tasks and functions use. */
function limitsOf(context: Context): Record<string, string> {
  const limits = parseLimits(context('limits') ?? {})
  const known = Object.keys(readLimits({}))
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => {
      if (!known.includes(name)) throw new SettingError('tubepost:limits', name, `names among ${known.join(', ')}`)
      return [limitVariable(name as keyof Limits), String(value)]
    }),
  )
}

function parseLimits(given: unknown): object {
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {} // said below, as for what is JSON and no object
  throw new SettingError('tubepost:limits', text, 'a JSON object')
}
