/**
 * Everything Tubepost asks of the world, in one folder and one process: what a laptop, a test and a small server run. Other threads of the
 * process may join: each has an engine of its own, and all write through the one writer.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Clock } from '../../ports/clock.ts'
import type { Dns } from '../../ports/dns.ts'
import type { Engine, Remain } from '../../ports/engine.ts'
import type { Ids } from '../../ports/ids.ts'
import { QUEUE_NAMES, type QueueName } from '../../ports/queue.ts'
import type { Relay } from '../../ports/relay.ts'
import { systemClock } from '../common/clock.ts'
import { createDns } from '../common/dns.ts'
import { createIds } from '../common/ids.ts'
import { captureRelay } from '../common/relay-capture.ts'
import { openSpool } from '../common/spool.ts'
import { blobFiles } from './blob-files.ts'
import { type BlobLinks, blobLinks, newLinkKey } from './blob-links.ts'
import { openBlobs } from './blobs.ts'
import { createChangeFeed } from './change-feed.ts'
import { openForReading } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { emptyFolder, flushFolder, makeFolder } from './folders.ts'
import { type EmbeddedQueue, openQueue } from './queue.ts'
import { smarthostRelay } from './relay-smarthost.ts'
import { RowVersions, sharedVersions } from './row-versions.ts'
import { openTable } from './table.ts'
import { startExpiry } from './table-expiry.ts'
import { makeWatching, otherThreads, seenByOther, type Watching } from './threads.ts'
import { joinWriter, startWriter, type Writer } from './writer.ts'

export interface EmbeddedOptions {
  /** Made where it is missing. One process at a time: `FolderInUseError` tells the second. `DatabaseError` where its database is broken or missing. */
  folder: string
  /** As in the settings, or a relay made elsewhere. */
  relay: { kind: 'capture' } | { kind: 'smarthost'; url: string } | Relay
  /** Of the volume where large messages wait while they come in; its files do not outlive the process. */
  spoolFolder?: string
  /** What large messages may hold in memory together before they wait there; none where it is not said. */
  spoolSharedOctets?: number
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
  /** To the smarthost at a time. */
  relayConnections?: number
  /** Told when the thread that writes has died: nothing can be written any more. */
  writerDied?: (error: Error) => void
}

/** What another thread of the process needs to join; it can be posted to it, with `portsOf` transferred. */
export interface Invitation {
  writer: MessagePort
  others: MessagePort
  watching: Watching
  /** Of rows (row-versions.ts). */
  versions: SharedArrayBuffer
  linkKey: Uint8Array
  run: string
}

export function portsOf({ writer, others }: Invitation): MessagePort[] {
  return [writer, others]
}

export interface EmbeddedEngine extends Engine {
  /** For the HTTP server: what a link to an object opens. */
  readonly verifyLink: BlobLinks['verify']
  /** For the HTTP server: what a link lets anybody put. */
  readonly verifyUpload: BlobLinks['verifyUpload']
  /** How many flushes the database has made since it was opened. */
  readonly flushes: () => number
}

export interface OwnEmbeddedEngine extends EmbeddedEngine {
  /** For one other thread, which closes its engine before this one is. */
  invite(): Invitation
}

const MAX_ATTEMPTS: Record<QueueName, number> = { arrivals: 50, outgoing: 50, feedback: 10, jobs: 10 }
const EXPIRE_EVERY_MS = 60_000
const REMAINS: readonly Remain[] = [
  {
    what: 'Items of the table that expire by themselves: what is kept of calls, of failures and for repeats',
    days: 93,
  },
  {
    what: 'Free pages of tubepost.db and its write-ahead log: until they are written over, or the database is compacted (VACUUM)',
  },
  { what: 'Copies of the data folder and logs: as long as whoever runs the server keeps them' },
]
const MESSAGE_OCTETS = 50 * 1024 * 1024

export async function openEmbeddedEngine(options: EmbeddedOptions): Promise<OwnEmbeddedEngine> {
  await makeFolder(options.folder)
  return openAll(async (opened) => {
    opened.push(lockFolder(options.folder))
    return openFolder(options, opened)
  })
}

/** The engine that another thread of this process has opened, for this thread; the options are the same. */
export async function joinEmbeddedEngine(options: EmbeddedOptions, invitation: Invitation): Promise<EmbeddedEngine> {
  return openAll(async (opened) => {
    const writer = joinWriter(invitation.writer)
    opened.push(() => writer.close())
    const { linkKey, versions, run } = invitation
    const { engine, others } = assemble(options, { writer, linkKey, versions, run }, opened)
    others.add(invitation.others, invitation.watching)
    return engine
  })
}

/** What has been opened, to be let go in the opposite order: at the end, or where opening the next fails. */
type Opened = (() => void | Promise<void>)[]

async function openAll<E extends Engine>(open: (opened: Opened) => Promise<Omit<E, 'close'>>): Promise<E> {
  const opened: Opened = []
  async function letGo(): Promise<void> {
    for (let end = opened.pop(); end; end = opened.pop()) await end()
  }
  try {
    const engine = await open(opened)
    let closed: Promise<void> | undefined
    return { ...engine, close: () => (closed ??= letGo()) } as E
  } catch (error) {
    await letGo()
    throw error
  }
}

async function openFolder(options: EmbeddedOptions, opened: Opened): Promise<Omit<OwnEmbeddedEngine, 'close'>> {
  const { folder, clock = systemClock } = options
  await Promise.all([makeFolder(spoolFolderOf(options)), makeFolder(blobFolderOf(options))])
  if (options.spoolFolder === undefined) await emptyFolder(spoolFolderOf(options))
  const versions = sharedVersions()
  const writer = await startWriter(
    { path: databasePath(options), mayBeNew: await blobFiles(blobFolderOf(options)).isEmpty(), versions },
    options.writerDied,
  )
  opened.push(() => writer.close())
  await flushFolder(folder) // the database's own name
  const linkKey = newLinkKey()
  const run = randomUUID()
  const { engine, others, sweepFiles } = assemble(options, { writer, linkKey, versions, run }, opened)
  await sweepFiles()
  const expiry = startExpiry(writer, clock, options.expireEveryMs ?? EXPIRE_EVERY_MS)
  opened.push(() => expiry.end())
  return {
    ...engine,
    invite() {
      const { port1, port2 } = new MessageChannel()
      const watching = makeWatching()
      others.add(port1, watching)
      return { writer: writer.invite(), others: port2, watching: seenByOther(watching), versions, linkKey, run }
    },
  }
}

/** The ports of one thread. */
function assemble(
  options: EmbeddedOptions,
  { writer, linkKey, versions, run }: { writer: Writer; linkKey: Uint8Array; versions: SharedArrayBuffer; run: string },
  opened: Opened,
) {
  const { clock = systemClock, linkBase = 'http://127.0.0.1:8080' } = options
  const database = openForReading(databasePath(options))
  // Before the writer's: the last connection folds the log back into the database, which one that only reads cannot.
  opened.push(() => database.close())
  const files = blobFiles(blobFolderOf(options))
  const kept = database.prepare('SELECT 1 FROM objects WHERE file = ?')
  const others = otherThreads((word) => {
    if ('queue' in word) queues[word.queue].wake()
    else changeFeed.hint(word.mailbox, word.modseq)
  })
  opened.push(() => others.end())

  function queueChanged(name: QueueName): void {
    queues[name].wake()
    others.tell({ queue: name })
  }
  function openNamed(name: QueueName): EmbeddedQueue {
    const maxAttempts = options.maxAttempts?.[name] ?? MAX_ATTEMPTS[name]
    return openQueue({ name, database, writer, clock, maxAttempts, changed: () => queueChanged(name) })
  }
  const queues = Object.fromEntries(QUEUE_NAMES.map((name) => [name, openNamed(name)])) as Record<
    QueueName,
    EmbeddedQueue
  >
  opened.push(() => {
    for (const name of QUEUE_NAMES) queues[name].end()
  })
  const changeFeed = createChangeFeed({
    tellOthers: (mailbox, modseq) => others.tell({ mailbox, modseq }),
    watching: (mailboxes) => others.watches(mailboxes),
  })
  const links = blobLinks(linkKey, () => clock.now())
  const blobs = openBlobs({
    database,
    writer,
    files,
    links,
    clock,
    linkBase: () => (typeof linkBase === 'string' ? linkBase : linkBase()),
    announced: queueChanged,
  })
  const engine: Omit<EmbeddedEngine, 'close'> = {
    table: openTable(database, writer, new RowVersions(versions)),
    blobs,
    queues,
    changeFeed,
    relay: relayOf(options, blobs),
    dns: options.dns ?? createDns(),
    remains: REMAINS,
    run,
    clock,
    ids: options.ids ?? createIds(clock),
    spool: openSpool(spoolFolderOf(options), { sharedOctets: options.spoolSharedOctets ?? 0 }),
    verifyLink: links.verify,
    verifyUpload: links.verifyUpload,
    flushes: () => writer.flushes,
  }
  return { engine, others, sweepFiles: () => files.sweep((file) => kept.get(file) !== undefined) }
}

function databasePath({ folder }: EmbeddedOptions): string {
  return join(folder, 'tubepost.db')
}

function blobFolderOf({ folder }: EmbeddedOptions): string {
  return join(folder, 'blobs')
}

function spoolFolderOf({ folder, spoolFolder }: EmbeddedOptions): string {
  return spoolFolder ?? join(folder, 'spool')
}

function relayOf(options: EmbeddedOptions, blobs: Engine['blobs']): Relay {
  const {
    relay,
    hostName = 'localhost',
    messageOctets = MESSAGE_OCTETS,
    relayConnections,
    clock = systemClock,
  } = options
  if (!('kind' in relay)) return relay
  if (relay.kind === 'capture') return captureRelay(blobs, messageOctets)
  const atOnce = relayConnections === undefined ? {} : { atOnce: relayConnections }
  return smarthostRelay({ url: relay.url, hostName, maxOctets: messageOctets, clock, ...atOnce })
}
