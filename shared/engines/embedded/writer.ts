/** The way to the writer thread: what is asked for in one turn of the loop goes over together, and each asker gets its own answer. */
import { Worker } from 'node:worker_threads'
import { Encoder } from 'cbor-x'
import { BlobExistsError, BlobMismatchError } from '../../ports/blobs.ts'
import { ConflictError, OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'
import type { FromWriter, Refusal, ToWriter, Work } from './work.ts'

export interface Writer {
  /**
   * Resolves when the work is on the disk; `content` is given away. Throws what the port promises for its refusal, and
   * `OutcomeUnknownError` where the thread died before it answered.
   */
  perform<T = unknown>(work: Work, content?: Uint8Array<ArrayBuffer>): Promise<T>
  /** How many transactions changed something, so how many flushes there were. */
  readonly flushes: number
  /** Does what was asked for before, and ends the thread. */
  close(): Promise<void>
}

interface Asker {
  resolve(value: never): void
  reject(error: Error): void
}

export async function startWriter(path: string): Promise<Writer> {
  const cbor = new Encoder({ useRecords: false, tagUint8Array: false })
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: { path } })
  const askers = new Map<number, Asker>()
  let nextId = 0
  let batch: Uint8Array[] = []
  let contents = new Map<number, Uint8Array<ArrayBuffer>>()
  let flushes = 0
  let ended: Error | undefined

  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if ('ready' in message) resolve()
      else if ('failed' in message) reject(new Error(message.failed))
      else {
        flushes = message.flushes
        for (const answer of message.answers) {
          const asker = askers.get(answer.id)!
          askers.delete(answer.id)
          if ('value' in answer) asker.resolve(answer.value as never)
          else asker.reject(errorOf(answer.refusal))
        }
      }
    })
    worker.on('error', (error) => {
      end(new OutcomeUnknownError('the writer thread died', { cause: error }))
      reject(error)
    })
  })

  function end(reason: Error): void {
    ended ??= reason
    for (const asker of askers.values()) asker.reject(reason)
    askers.clear()
  }

  function post(): void {
    if (batch.length === 0) return
    const message: ToWriter = { batch: new Uint8Array(Buffer.concat(batch)), contents }
    const given = [...contents.values()].map((content) => content.buffer)
    worker.postMessage(message, [message.batch.buffer as ArrayBuffer, ...given])
    batch = []
    contents = new Map()
  }

  await ready
  return {
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
    get flushes() {
      return flushes
    },
    async close() {
      if (!ended) {
        post()
        worker.postMessage('close')
        ended = new Error('the engine is closed')
      }
      await exited
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
  }
}
