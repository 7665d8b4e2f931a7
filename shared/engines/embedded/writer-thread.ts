/**
 * The one thread that writes. Work that waits is done in one transaction, so that many callers share one flush (group commit); it is
 * answered when that is on the disk, each piece by itself: a refused one has changed nothing.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Encoder } from 'cbor-x'
import { blobWriter } from './blob-writer.ts'
import { openForWriting } from './database.ts'
import { queueWriter } from './queue-writer.ts'
import { RowVersions } from './row-versions.ts'
import { tableWriter } from './table-writer.ts'
import {
  type Answer,
  type FromWriter,
  type Refusal,
  Refused,
  type ToWriter,
  type Work,
  type WorkForWriter,
  type WriterOrder,
} from './work.ts'

/** More pieces in one transaction would only make the first of them wait. */
const MAX_PIECES = 64
const MAX_OCTETS = 8 * 1024 * 1024

/**
 * What may be forgotten in a loss of power: a message of a queue that was taken or done comes again, and what expired expires again. Such a
 * commit waits for no flush.
 */
const FORGETTABLE: ReadonlySet<Work['kind']> = new Set([
  'take-messages',
  'end-message',
  'retry-message',
  'expire-items',
])
/** SQLITE_FULL is ENOSPC; SQLITE_IOERR_WRITE is what quotas and limits of a file's size become. */
const FULL: ReadonlySet<number> = new Set([13, 778])
/** SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_CANTOPEN, SQLITE_NOTADB. */
const DISK_REFUSES: ReadonlySet<number> = new Set([3, 8, 10, 11, 14, 26])

const FLUSH_COMMITS = 'PRAGMA synchronous = FULL'
const LEAVE_COMMITS = 'PRAGMA synchronous = NORMAL'

const port = parentPort!
const joined = new Set<MessagePort>()
const cbor = new Encoder({ useRecords: false, tagUint8Array: false })
/** Whoever asks: the thread that started this one, and those it invited. */
type Asker = Pick<MessagePort, 'postMessage'>
const waiting: { asker: Asker; id: number; work: Work; content: Uint8Array | undefined }[] = []
let flushes = 0
let scheduled = false
let closing = false

function tell(asker: Asker, message: FromWriter): void {
  asker.postMessage(message)
}

function start() {
  const { path, mayBeNew, versions: shared } = workerData as WriterOrder
  const database = openForWriting(path, mayBeNew)
  const versions = new RowVersions(shared)
  /** Buckets of rows that the coming commit changes. */
  const touched = new Set<number>()
  const queues = queueWriter(database)
  const table = tableWriter(database, (key) => touched.add(versions.bucketOf(key)))
  const blobs = blobWriter(database, (queue, body, sentAt) => queues.send(queue, body, sentAt, sentAt))
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const changes = database.prepare('SELECT total_changes() AS total')
  const changed = () => (changes.get() as { total: number }).total
  let isFlushing = true

  function perform(work: Work, content: Uint8Array | undefined): unknown {
    switch (work.kind) {
      case 'write-items':
        return table.write(work)
      case 'expire-items':
        return table.expire(work)
      case 'put-object':
        return blobs.put(work, content)
      case 'delete-object':
        return blobs.delete(work)
      case 'send-message':
        return queues.send(work.queue, work.body, work.sentAt, work.visibleAt)
      case 'take-messages':
        return queues.take(work)
      case 'end-message':
        return queues.end(work)
      case 'retry-message':
        return queues.retry(work)
      case 'redrive-messages':
        return queues.redrive(work)
    }
  }

  function answer({ id, work, content }: (typeof waiting)[number]): Answer {
    try {
      return { id, value: perform(work, content) }
    } catch (error) {
      if (error instanceof Refused) return { id, refusal: error.refusal }
      if (error instanceof RangeError) return { id, refusal: { kind: 'range', text: error.message } }
      throw error
    }
  }

  function commitBatch(): void {
    scheduled = false
    let octets = 0
    let pieces = 0
    while (pieces < Math.min(waiting.length, MAX_PIECES) && octets < MAX_OCTETS) {
      octets += waiting[pieces++]!.content?.length ?? 0
    }
    const batch = waiting.splice(0, pieces)
    let answers: Answer[]
    let isTurned = false
    try {
      flushNext(batch.some(({ work }) => !FORGETTABLE.has(work.kind)))
      const before = changed()
      begin.run()
      answers = batch.map(answer)
      versions.turn(touched)
      isTurned = true
      commit.run()
      if (changed() > before && isFlushing) flushes++
    } catch (error) {
      // A full or failing disk: SQLite takes the whole transaction back, so none of it was done.
      if (database.isTransaction) database.exec('ROLLBACK')
      answers = batch.map(({ id }) => ({ id, refusal: refusalOf(error) }))
    }
    if (isTurned) versions.turn(touched)
    touched.clear()
    for (const asker of new Set(batch.map((one) => one.asker))) {
      tell(asker, { answers: answers.filter((_, index) => batch[index]!.asker === asker), flushes })
    }
    proceed()
  }

  /** What was committed without a flush is on the disk with the next one that has it: the log is flushed whole. */
  function flushNext(wanted: boolean): void {
    if (wanted === isFlushing) return
    database.exec(wanted ? FLUSH_COMMITS : LEAVE_COMMITS)
    isFlushing = wanted
  }

  /** One commit per turn of the loop: work that came in meanwhile is seen, and joins the next. */
  function proceed(): void {
    if (waiting.length > 0) {
      if (!scheduled) setImmediate(commitBatch)
      scheduled = true
    } else if (closing) {
      database.close()
      port.close()
    }
  }

  function take(asker: Asker, { batch, contents }: WorkForWriter): void {
    for (const [id, work] of cbor.decodeMultiple(batch) as [number, Work][]) {
      waiting.push({ asker, id, work, content: contents.get(id) })
    }
    proceed()
  }

  port.on('message', (message: ToWriter) => {
    if (message === 'close') {
      closing = true
      for (const other of joined) other.close()
      proceed()
    } else if ('joining' in message) {
      const { joining } = message
      joined.add(joining)
      joining.on('message', (work: WorkForWriter) => take(joining, work))
      joining.on('close', () => joined.delete(joining))
    } else take(port, message)
  })
  tell(port, { ready: true })
}

function refusalOf(error: unknown): Refusal {
  const { message, errcode = 0 } = error as Error & { errcode?: number }
  if (FULL.has(errcode)) return { kind: 'no-room', text: `no room on the volume: ${message}` }
  // The lower octet is the kind, what is above it tells more.
  return { kind: DISK_REFUSES.has(errcode & 0xff) ? 'disk' : 'throttled', text: message }
}

try {
  start()
} catch (error) {
  tell(port, { failed: error instanceof Error ? error.message : String(error) })
  port.close()
}
