/** Everything Tubepost asks of the world, in one folder and one process: what a laptop, a test and a small server run. */
import { join } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import type { Dns } from '../../ports/dns.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Ids } from '../../ports/ids.ts'
import { QUEUE_NAMES, type QueueName } from '../../ports/queue.ts'
import type { Relay } from '../../ports/relay.ts'
import { systemClock } from '../common/clock.ts'
import { createDns } from '../common/dns.ts'
import { createIds } from '../common/ids.ts'
import { captureRelay } from '../common/relay-capture.ts'
import { openSpool } from '../common/spool.ts'
import { blobFiles } from './blob-files.ts'
import { type BlobLinks, blobLinks } from './blob-links.ts'
import { openBlobs } from './blobs.ts'
import { createChangeFeed } from './change-feed.ts'
import { openForReading } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { emptyFolder, flushFolder, makeFolder } from './folders.ts'
import { type EmbeddedQueue, openQueue } from './queue.ts'
import { smarthostRelay } from './relay-smarthost.ts'
import { openTable } from './table.ts'
import { startExpiry } from './table-expiry.ts'
import { startWriter } from './writer.ts'

export interface EmbeddedOptions {
  /** Made where it is missing. One process at a time: `FolderInUseError` tells the second. */
  folder: string
  /** As in the settings, or a relay made elsewhere. */
  relay: { kind: 'capture' } | { kind: 'smarthost'; url: string } | Relay
  /** Of the volume where large messages wait while they come in; its files do not outlive the process. */
  spoolFolder?: string
  clock?: Clock
  ids?: Ids
  dns?: Dns
  /** Receipts of a message before it counts as dead. */
  maxAttempts?: Partial<Record<QueueName, number>>
  /** Origin of links to objects, `http://127.0.0.1:8080`, or how to learn it once a server listens. */
  linkBase?: string | (() => string)
  /** The name we greet the smarthost with (RFC 5321 §4.1.1.1). */
  hostName?: string
  /** How often expired items are looked for, in real milliseconds. */
  expireEveryMs?: number
  /** Largest message the relay is handed. */
  messageOctets?: number
}

export interface EmbeddedEngine extends Engine {
  /** For the HTTP server: what a link to an object opens. */
  readonly verifyLink: BlobLinks['verify']
  /** How many flushes the database has made since it was opened. */
  readonly flushes: () => number
}

const MAX_ATTEMPTS: Record<QueueName, number> = { arrivals: 50, outgoing: 50, feedback: 10, jobs: 10 }
const EXPIRE_EVERY_MS = 60_000
const MESSAGE_OCTETS = 50 * 1024 * 1024

export async function openEmbeddedEngine(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  await makeFolder(options.folder)
  // What has been opened, to be let go in the opposite order: at the end, or where opening the next fails.
  const opened: (() => void | Promise<void>)[] = [lockFolder(options.folder)]
  async function letGo(): Promise<void> {
    for (let end = opened.pop(); end; end = opened.pop()) await end()
  }
  try {
    return await open(options, opened, letGo)
  } catch (error) {
    await letGo()
    throw error
  }
}

async function open(
  options: EmbeddedOptions,
  opened: (() => void | Promise<void>)[],
  letGo: () => Promise<void>,
): Promise<EmbeddedEngine> {
  const { folder, clock = systemClock, linkBase = 'http://127.0.0.1:8080' } = options
  const spoolFolder = options.spoolFolder ?? join(folder, 'spool')
  const blobFolder = join(folder, 'blobs')
  await Promise.all([makeFolder(spoolFolder), makeFolder(blobFolder)])
  if (options.spoolFolder === undefined) await emptyFolder(spoolFolder)

  const path = join(folder, 'tubepost.db')
  const writer = await startWriter(path)
  opened.push(() => writer.close())
  await flushFolder(folder) // the database's own name
  const database = openForReading(path)
  // Before the writer's: the last connection folds the log back into the database, which one that only reads cannot.
  opened.push(() => database.close())
  const files = blobFiles(blobFolder)
  const kept = database.prepare('SELECT 1 FROM objects WHERE file = ?')
  await files.sweep((file) => kept.get(file) !== undefined)

  const openNamed = (name: QueueName) =>
    openQueue({ name, database, writer, clock, maxAttempts: options.maxAttempts?.[name] ?? MAX_ATTEMPTS[name] })
  const queues = Object.fromEntries(QUEUE_NAMES.map((name) => [name, openNamed(name)])) as Record<
    QueueName,
    EmbeddedQueue
  >
  const links = blobLinks(() => clock.now())
  const blobs = openBlobs({
    database,
    writer,
    files,
    links,
    clock,
    linkBase: () => (typeof linkBase === 'string' ? linkBase : linkBase()),
    announced: (queue) => queues[queue].wake(),
  })
  const expiry = startExpiry(writer, clock, options.expireEveryMs ?? EXPIRE_EVERY_MS)
  opened.push(() => expiry.end())
  opened.push(() => {
    for (const name of QUEUE_NAMES) queues[name].end()
  })

  let closed: Promise<void> | undefined
  return {
    table: openTable(database, writer),
    blobs,
    queues,
    changeFeed: createChangeFeed(),
    relay: relayOf(options, blobs),
    dns: options.dns ?? createDns(),
    clock,
    ids: options.ids ?? createIds(clock),
    spool: openSpool(spoolFolder),
    verifyLink: links.verify,
    flushes: () => writer.flushes,
    close: () => (closed ??= letGo()),
  }
}

function relayOf(options: EmbeddedOptions, blobs: Engine['blobs']): Relay {
  const { relay, hostName = 'localhost', messageOctets = MESSAGE_OCTETS } = options
  if (!('kind' in relay)) return relay
  if (relay.kind === 'capture') return captureRelay(blobs, messageOctets)
  return smarthostRelay({ url: relay.url, hostName, maxOctets: messageOctets, clock: options.clock ?? systemClock })
}
