/** Everything Tubepost asks of the world, from AWS. One per process; a client is made where its port is first used. */
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import type { Clock } from '../../ports/clock.ts'
import type { Dns } from '../../ports/dns.ts'
import type { Door } from '../../ports/door.ts'
import type { Engine, Remain } from '../../ports/engine.ts'
import type { Ids } from '../../ports/ids.ts'
import { QUEUE_NAMES, type Queue, type QueueName } from '../../ports/queue.ts'
import type { Relay } from '../../ports/relay.ts'
import { settledTable } from '../../ports/settled-table.ts'
import { systemClock } from '../common/clock.ts'
import { createDns } from '../common/dns.ts'
import { createIds } from '../common/ids.ts'
import { captureRelay } from '../common/relay-capture.ts'
import { openSpool } from '../common/spool.ts'
import { openBlobs } from './blobs.ts'
import { openChangeFeed } from './change-feed.ts'
import { type ClientSettings, clientOptions, countRequests } from './clients.ts'
import { type Counters, newCounters } from './counters.ts'
import { openDoor } from './door.ts'
import { openQueue } from './queue.ts'
import type { Patience } from './retries.ts'
import type { OpenSes, Ses, SesSettings } from './ses.ts'
import { sesFromAfar } from './ses-limits.ts'
import { openTable } from './table.ts'
import { tenantCredentials } from './tenant-credentials.ts'
import { tenantScope } from './tenant-scope.ts'

export interface AwsEngineSettings extends Omit<ClientSettings, 'counters'> {
  tableName: string
  bucket: string
  /** URLs. A process has those it has a right to; the others throw where they are used. */
  queues?: Partial<Record<QueueName, string>>
  /** URL. */
  doorQueue?: string
  /** ARN of a role whose sessions reach the tenant of their tag alone: what is a tenant's goes by it (DESIGN §7, strict isolation). */
  tenantRole?: string
  /** Of the tasks' own queues; a process without it can publish and cannot watch. */
  feedQueuePrefix?: string
  /** Default: capture. SES without `open`: this process sends nothing. */
  relay?: { kind: 'capture' } | ({ kind: 'ses'; open?: OpenSes } & SesSettings) | Relay
  /** Folder for messages that come in and are too large for memory. */
  spoolFolder?: string
  /** What large messages may hold in memory together before they wait there; none where it is not said. */
  spoolSharedOctets?: number
  /** Objects above this go up in parts of `partOctets`. */
  singlePutOctets?: number
  partOctets?: number
  /** Tries of one request to the table or the bucket. */
  attempts?: number
  /** Exact write units, at the price of more reads: for tests and the price report (table.ts). */
  exactUnits?: boolean
  /** Largest message the capture relay takes. */
  messageOctets?: number
  clock?: Clock
  ids?: Ids
  dns?: Dns
}

export interface AwsEngine extends Engine {
  readonly counters: Counters
  /** What SES took in and laid into the bucket. */
  readonly door: Door
  /** Where SES says so. */
  readonly doorQueue: Queue
}

const MIB = 1024 * 1024
const ATTEMPTS = 8
const PAUSE_MS = 25
const PAUSE_CAP_MS = 1_000
const SQS_ATTEMPTS = 5
/** A long poll lasts 20 s. */
const SQS_ANSWER_MS = 30_000
/** A PUT is answered only when its body has gone up. */
const S3_ANSWER_MS = 60_000
const S3_SILENCE_MS = 60_000
/** A client that reads slowly keeps the connection of its object as long. */
const S3_CONNECTIONS = 512
const STS_ATTEMPTS = 5

/** infra/capabilities/storage.ts, queues.ts: what AWS keeps. Object versions are none of it, as a purge takes them too. */
const REMAINS: readonly Remain[] = [
  { what: 'Items of the table, in its backups for point-in-time recovery', days: 35 },
  {
    what: 'Items of the table that expire by themselves: what is kept of calls, of failures and for repeats',
    days: 93,
  },
  { what: 'Names of objects, in queues and dead letters', days: 14 },
  { what: 'Addresses and ids, in logs: as long as the deployment keeps logs (logDays, 30 by default)' },
]

export function openAwsEngine(settings: AwsEngineSettings): AwsEngine {
  const { clock = systemClock, attempts = ATTEMPTS, messageOctets = 50 * MIB } = settings
  const ids = settings.ids ?? createIds(clock)
  const counters = newCounters()
  const client: ClientSettings = { ...settings, counters }
  const patience: Patience = {
    attempts,
    baseMs: PAUSE_MS,
    capMs: PAUSE_CAP_MS,
    sleep: (ms) => clock.sleep(ms),
    fraction: () => ids.fraction(),
  }

  // One attempt each: what may be repeated is known in the port, not in the SDK.
  const dynamodbOptions = clientOptions(client, { attempts: 1 })
  const s3Options = {
    ...clientOptions(
      { connections: S3_CONNECTIONS, ...client },
      { attempts: 1, answerMs: S3_ANSWER_MS, silenceMs: settings.silenceMs ?? S3_SILENCE_MS },
    ),
    // Names instead of addresses would need a wildcard in the emulator's DNS.
    forcePathStyle: settings.endpoint !== undefined,
    // The digest of every object is given with it, and kept in its metadata.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const
  const dynamodb = countRequests(new DynamoDBClient(dynamodbOptions), counters)
  const s3 = countRequests(new S3Client(s3Options), counters)
  // Sending, deleting and making visible may all be done twice.
  const sqs = countRequests(
    new SQSClient(clientOptions(client, { attempts: SQS_ATTEMPTS, answerMs: SQS_ANSWER_MS })),
    counters,
  )
  let ses: Ses | undefined

  const storageOf = (clients: { dynamodb: DynamoDBClient; s3: S3Client }) => ({
    table: settledTable(
      openTable({
        client: clients.dynamodb,
        tableName: settings.tableName,
        counters,
        patience,
        exactUnits: settings.exactUnits ?? false,
      }),
    ),
    blobs: openBlobs({
      client: clients.s3,
      bucket: settings.bucket,
      patience,
      singlePutOctets: settings.singlePutOctets ?? 64 * MIB,
      partOctets: settings.partOctets ?? 8 * MIB,
    }),
  })
  const { table, blobs } = storageOf({ dynamodb, s3 })
  let sts: STSClient | undefined

  function scope(roleArn: string) {
    sts = countRequests(new STSClient(clientOptions(client, { attempts: STS_ATTEMPTS })), counters)
    return tenantScope({
      credentialsOf: tenantCredentials({ client: sts, roleArn, clock }),
      clients: (credentials) => ({
        dynamodb: countRequests(
          new DynamoDBClient({ ...dynamodbOptions, credentials, requestHandler: dynamodb.config.requestHandler }),
          counters,
        ),
        s3: countRequests(
          new S3Client({ ...s3Options, credentials, requestHandler: s3.config.requestHandler }),
          counters,
        ),
      }),
      ports: storageOf,
    })
  }
  const changeFeed = openChangeFeed({
    client: sqs,
    table,
    clock,
    ids,
    ...(settings.feedQueuePrefix === undefined ? {} : { queuePrefix: settings.feedQueuePrefix }),
  })

  function relay(): Relay {
    const wanted = settings.relay ?? { kind: 'capture' }
    if (!('kind' in wanted)) return wanted
    if (wanted.kind === 'capture') return captureRelay(blobs, messageOctets)
    const { kind: _, open, ...options } = wanted
    ses = open?.(client, options)
    return ses?.relay ?? sesFromAfar(options.maxOctets)
  }

  function spool() {
    const folder = settings.spoolFolder ?? tmpdir()
    mkdirSync(folder, { recursive: true })
    return openSpool(folder, { sharedOctets: settings.spoolSharedOctets ?? 0 })
  }

  let closed: Promise<void> | undefined
  async function close(): Promise<void> {
    await changeFeed.close()
    for (const each of [dynamodb, s3, sqs, sts]) each?.destroy()
    ses?.close()
  }

  const opened = relay()
  return {
    table,
    blobs,
    ...(settings.tenantRole !== undefined && { scoped: scope(settings.tenantRole) }),
    queues: Object.fromEntries(
      QUEUE_NAMES.map((name) => {
        const url = settings.queues?.[name]
        return [
          name,
          url === undefined
            ? missingQueue(name)
            : openQueue({ client: sqs, url, announcements: name === 'arrivals' || name === 'outgoing' }),
        ]
      }),
    ) as Record<QueueName, Queue>,
    changeFeed,
    doorQueue:
      settings.doorQueue === undefined ? missingQueue('door') : openQueue({ client: sqs, url: settings.doorQueue }),
    door: openDoor({ client: s3, bucket: settings.bucket, patience }),
    relay: opened,
    ...(ses && { identities: ses.identities }),
    dns: settings.dns ?? createDns(),
    clock,
    ids,
    spool: spool(),
    remains: REMAINS,
    counters,
    close: () => (closed ??= close()),
  }
}

/** A process that has no right to a queue learns it where it uses it, by name. */
function missingQueue(name: QueueName | 'door'): Queue {
  const missing = async () => {
    throw new Error(`this process was given no queue ${name}`)
  }
  return { send: missing, receive: missing, delete: missing, retry: missing, redrive: missing, depth: missing }
}
