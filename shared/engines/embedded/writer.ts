/** The way to the writer thread: what is asked for in one turn of the loop goes over together, and each asker gets its own answer. */
import { MessageChannel, type MessagePort, type Transferable, Worker } from 'node:worker_threads'
import { Encoder } from 'cbor-x'
import { BlobExistsError, BlobMismatchError } from '../../ports/blobs.ts'
import { ConflictError, DiskError, NoRoomError, OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'
import { DatabaseError } from './database.ts'
import type { AnswersOfWriter, FromWriter, Refusal, ToWriter, Work, WorkForWriter, WriterOrder } from './work.ts'

export interface Writer {
  /**
   * Resolves when the work is on the disk; `content` is given away. Throws what the port promises for its refusal, and
   * `OutcomeUnknownError` where the thread died before it answered.
   */
  perform<T = unknown>(work: Work, content?: Uint8Array<ArrayBuffer>): Promise<T>
  /** How many transactions changed something, so how many flushes there were. */
  readonly flushes: number
  /** Does what was asked for before, and ends the thread; where the thread is another's, lets go of the way to it. */
  close(): Promise<void>
}

export interface OwnWriter extends Writer {
  /** A way to this writer for another thread of the process: `joinWriter` there. */
  invite(): MessagePort
}

interface Asker {
  resolve(value: never): void
  reject(error: Error): void
}

/** Starts the thread on a database, which is made where it is missing and may be new; throws `DatabaseError`. `died`: told when it ends before it is closed. */
export async function startWriter(order: WriterOrder, died: (error: Error) => void = () => {}): Promise<OwnWriter> {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: order })
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const way = openWay((message, transferred) => worker.postMessage(message, transferred))
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if ('ready' in message) resolve()
      else if ('failed' in message) reject(new DatabaseError(order.path, message.failed))
      else way.hear(message)
    })
    worker.on('error', (error) => {
      way.end(new OutcomeUnknownError('the writer thread died', { cause: error }))
      reject(error)
    })
  })
  await ready
  worker.on('error', died)
  return {
    perform: way.perform,
    get flushes() {
      return way.flushes()
    },
    invite() {
      const { port1, port2 } = new MessageChannel()
      worker.postMessage({ joining: port1 } satisfies ToWriter, [port1])
      return port2
    },
    async close() {
      if (way.finish()) worker.postMessage('close' satisfies ToWriter)
      await exited
    },
  }
}

/** The writer that another thread of this process started and invited us to. */
export function joinWriter(port: MessagePort): Writer {
  const way = openWay((message, transferred) => port.postMessage(message, transferred))
  port.on('message', (message: AnswersOfWriter) => way.hear(message))
  port.on('close', () => way.end(new OutcomeUnknownError('the writer thread has ended')))
  return {
    perform: way.perform,
    get flushes() {
      return way.flushes()
    },
    async close() {
      if (way.finish()) port.close()
    },
  }
}

/** Who asked for what, over any kind of port. */
function openWay(send: (message: WorkForWriter, transferred: Transferable[]) => void) {
  const cbor = new Encoder({ useRecords: false, tagUint8Array: false })
  const askers = new Map<number, Asker>()
  let nextId = 0
  let batch: Uint8Array[] = []
  let contents = new Map<number, Uint8Array<ArrayBuffer>>()
  let flushes = 0
  let ended: Error | undefined

  function post(): void {
    if (batch.length === 0) return
    const message: WorkForWriter = { batch: new Uint8Array(Buffer.concat(batch)), contents }
    const given = [...contents.values()].map((content) => content.buffer)
    send(message, [message.batch.buffer as ArrayBuffer, ...given])
    batch = []
    contents = new Map()
  }

  return {
    flushes: () => flushes,

    perform<T>(work: Work, content?: Uint8Array<ArrayBuffer>): Promise<T> {
      if (ended) return Promise.reject(ended)
      return new Promise<T>((resolve, reject) => {
        const id = nextId++
        askers.set(id, { resolve, reject })
        // Encoded at once: what the caller does with its objects afterwards is no longer part of the write.
        if (batch.push(cbor.encode([id, work])) === 1) setImmediate(post)
        if (content) contents.set(id, content)
      })
    },

    hear(message: AnswersOfWriter): void {
      flushes = message.flushes
      for (const answer of message.answers) {
        const asker = askers.get(answer.id)!
        askers.delete(answer.id)
        if ('value' in answer) asker.resolve(answer.value as never)
        else asker.reject(errorOf(answer.refusal))
      }
    },

    /** Nobody gets an answer any more. */
    end(reason: Error): void {
      ended ??= reason
      for (const asker of askers.values()) asker.reject(reason)
      askers.clear()
    },

    /** Hands over what was asked for, and takes no more; false where that was so before. */
    finish(): boolean {
      if (ended) return false
      post()
      ended = new Error('the engine is closed')
      return true
    },
  }
}

function errorOf(refusal: Refusal): Error {
  switch (refusal.kind) {
    case 'conflict':
      return new ConflictError(refusal.failed)
    case 'range':
      return new RangeError(refusal.text)
    case 'exists':
      return new BlobExistsError(refusal.text)
    case 'mismatch':
      return new BlobMismatchError(refusal.text)
    case 'throttled':
      return new ThrottledError(refusal.text)
    case 'disk':
      return new DiskError(refusal.text)
    case 'no-room':
      return new NoRoomError(refusal.text)
  }
}
