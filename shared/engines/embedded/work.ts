/** What the engine asks of its writer thread, and what comes back. */
import type { MessagePort } from 'node:worker_threads'
import type { Condition, Key, Operation } from '../../ports/table.ts'

/** What the writer thread is started with; `versions`: row-versions.ts. */
export interface WriterOrder {
  path: string
  /** A database may be made: there is nothing yet that would have to stand in it. */
  mayBeNew: boolean
  versions: SharedArrayBuffer
}

/** An operation as it travels: what is put is already a row. */
export type PackedOperation =
  | { row: Uint8Array; key: Key; expires?: number; if?: Condition }
  | Exclude<Operation, { put: unknown }>

export interface WriteItems {
  kind: 'write-items'
  operations: readonly PackedOperation[]
  /** Each by itself: answers the indices of those that were refused. */
  each?: boolean
}

/** Takes out of the table what expired before `now`, at most `limit` items; answers how many. */
export interface ExpireItems {
  kind: 'expire-items'
  /** Seconds since 1970. */
  now: number
  limit: number
}

/** Answers false where the object was there already with the same digest. */
export interface PutObject {
  kind: 'put-object'
  name: string
  length: number
  sha256: string
  writtenAt: number
  /** JSON. */
  metadata: string
  /** The octets of a small object travel with the request; of a large one this file holds them. */
  file?: string
  /** Queue that hears of the new object, in the same commit. */
  announce?: string
}

/** Answers the name of the file that held the object, if one did. */
export interface DeleteObject {
  kind: 'delete-object'
  name: string
}

export interface SendMessage {
  kind: 'send-message'
  queue: string
  body: string
  /** Milliseconds since 1970, as is every time here. */
  sentAt: number
  visibleAt: number
}

/** Answers `TakenMessage[]`. What has used up its attempts goes to the dead letters instead. */
export interface TakeMessages {
  kind: 'take-messages'
  queue: string
  max: number
  now: number
  visibleAt: number
  maxAttempts: number
}

export interface TakenMessage {
  id: number
  body: string
  attempts: number
  sentAt: number
}

export interface EndMessage {
  kind: 'end-message'
  queue: string
  id: number
  attempts: number
}

export interface RetryMessage extends Omit<EndMessage, 'kind'> {
  kind: 'retry-message'
  visibleAt: number
  maxAttempts: number
}

/** Answers how many came back. */
export interface RedriveMessages {
  kind: 'redrive-messages'
  queue: string
  now: number
}

export type Work =
  | WriteItems
  | ExpireItems
  | PutObject
  | DeleteObject
  | SendMessage
  | TakeMessages
  | EndMessage
  | RetryMessage
  | RedriveMessages

/** `throttled`, `disk`, `no-room`: the database refused, and nothing was done. */
export type Refusal =
  | { kind: 'conflict'; failed: number[] }
  | { kind: 'range' | 'exists' | 'mismatch' | 'throttled' | 'disk' | 'no-room'; text: string }

/** Thrown inside the writer thread: this piece of work is refused, and has changed nothing. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.kind)
    this.refusal = refusal
  }
}

export type Answer = { id: number; value: unknown } | { id: number; refusal: Refusal }

/** Several pieces of work at once: a CBOR sequence (RFC 8742) of `[id, work]`, and beside it the octets of objects by their work's id. */
export interface WorkForWriter {
  batch: Uint8Array
  contents: Map<number, Uint8Array>
}

/** `joining`: another thread's way to the writer, which carries `WorkForWriter` and `AnswersOfWriter` alone. */
export type ToWriter = WorkForWriter | { joining: MessagePort } | 'close'

export interface AnswersOfWriter {
  answers: Answer[]
  flushes: number
}

export type FromWriter = { ready: true } | { failed: string } | AnswersOfWriter
