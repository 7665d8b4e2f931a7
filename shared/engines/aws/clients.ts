/** How every SDK client here is made: connections kept, times bounded, attempts explicit, requests counted. */
import { log } from '../../log.ts'
import type { Counters } from './counters.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  expiration?: Date
}

/** What the SDK says beside its answers: that it does not repeat a stream, which is ours to do. */
const QUIET = {
  debug() {},
  info() {},
  warn: (said: unknown) => log.debug('aws-sdk', { said: String(said) }),
  error: (said: unknown) => log.debug('aws-sdk', { said: String(said) }),
}

export interface ClientSettings {
  /** Default: the region the process runs in, as AWS_REGION says. */
  region?: string
  /** Instead of the region's own: an emulator. */
  endpoint?: string
  /** Instead of the role the process runs under. */
  credentials?: Credentials | (() => Promise<Credentials>)
  counters: Counters
  /** How long a connection may take to stand. */
  connectMs?: number
  /** How long an answer may take, head and body of a table's or queue's, the head alone of an object's. */
  answerMs?: number
  /** How long a connection may be silent while an object comes; who reads slowly gets the rest by another. */
  silenceMs?: number
  /** Connections to one service at a time. */
  connections?: number
}

const CONNECT_MS = 2_000
const ANSWER_MS = 5_000
const CONNECTIONS = 64
/** Node's own default keeps a connection for 5 s after use; services close theirs after 20 s or later. */
const KEEP_ALIVE_MS = 15_000

export function clientOptions(
  settings: ClientSettings,
  options: { attempts: number; answerMs?: number; silenceMs?: number },
) {
  const agent = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: settings.connections ?? CONNECTIONS }
  return {
    ...(settings.region === undefined ? {} : { region: settings.region }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    maxAttempts: options.attempts,
    logger: QUIET,
    requestHandler: {
      connectionTimeout: settings.connectMs ?? CONNECT_MS,
      requestTimeout: options.answerMs ?? settings.answerMs ?? ANSWER_MS,
      ...(options.silenceMs === undefined ? {} : { socketTimeout: options.silenceMs }),
      throwOnRequestTimeout: true, // without it the time is only logged
      httpAgent: agent,
      httpsAgent: agent,
    },
  }
}

interface CountedClient {
  middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<never>,
        context: { commandName?: string },
      ) => (args: never) => Promise<never>,
      options: { step: 'finalizeRequest'; priority: 'low'; name: string },
    ): void
  }
}

/** Counts every attempt of every command; low priority in this step comes after the SDK's own retries. */
export function countRequests<Client>(client: Client, counters: Counters): Client {
  const stack = (client as CountedClient).middlewareStack
  stack.add(
    (next, context) => (args) => {
      const name = (context.commandName ?? 'unknown').replace(/Command$/, '')
      counters.requests[name] = (counters.requests[name] ?? 0) + 1
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'countRequests' },
  )
  return client
}
