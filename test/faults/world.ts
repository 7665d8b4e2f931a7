/** A run of the road: one process after another on the same ground, and clients that repeat what was not acknowledged. */
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import { sendMessage } from '../../shared/flows/outgoing/send-message.ts'
import { runJob } from '../../shared/flows/upkeep/run-job.ts'
import type { QueueMessage, QueueName } from '../../shared/ports/queue.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { JOBS, SCAN } from '../house.ts'
import { type Fault, type FaultyEngine, faultyEngine } from './faulty-engine.ts'
import type { Ground } from './ground.ts'

export const HOST_NAME = 'mx.demo.test'
/** Longer than a claim of an outbound message and a received message's visibility; eight of them are longer than a day. */
const REST_MS = 3.1 * 60 * 60 * 1000
const MOST_ROUNDS = 60
const MOST_TRIES = 6
const WORKED: readonly QueueName[] = ['outgoing', 'arrivals', 'jobs']

export class World {
  readonly ground: Ground
  process: FaultyEngine
  store: Store
  /** What a client must not see: an answer other than the road's. */
  readonly complaints: string[] = []
  /** Calls of all processes so far. */
  private before: string[] = []
  private metBefore: string | undefined

  constructor(ground: Ground, fault?: Fault) {
    this.ground = ground
    this.process = faultyEngine(ground.engine, fault)
    this.store = openStore(this.process.engine)
  }

  get calls(): readonly string[] {
    return [...this.before, ...this.process.calls]
  }

  get met(): string | undefined {
    return this.metBefore ?? this.process.met
  }

  /**
   * What a client or a worker does, again and again until it succeeds; `work` is told how often it has been tried. A crash is followed by a new
   * process, when leases and claims of the dead one are over.
   */
  async step<T>(name: string, work: (store: Store, tries: number) => Promise<T>): Promise<T> {
    let last: unknown
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const crashed = this.process.crashed.then(() => 'crashed' as const)
      try {
        const done = await Promise.race([work(this.store, tries).then((answer) => ({ answer })), crashed])
        if (done !== 'crashed') return done.answer
        await this.restart()
      } catch (error) {
        last = error
      }
    }
    throw new Error(`${name} never succeeded`, { cause: last })
  }

  /** Works off all queues: each event at least twice at once, and out of order. */
  async drain(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const worked = await this.step('drain', (store) => this.workRound(store))
      if (worked) continue
      const depths = await Promise.all(WORKED.map((name) => this.ground.engine.queues[name].depth()))
      const dead = depths.reduce((sum, depth) => sum + depth.dead, 0)
      if (dead > 0) this.complaints.push(`${dead} dead letters`)
      if (depths.every(({ waiting, inFlight }) => waiting + inFlight === 0)) return
      await this.ground.elapse(REST_MS)
    }
    this.complaints.push('the queues never became empty')
  }

  private async workRound(store: Store): Promise<boolean> {
    let worked = false
    for (const name of WORKED) {
      const { visibilitySeconds } = this.ground
      const messages = await store.engine.queues[name].receive({ max: 10, visibilitySeconds, waitSeconds: 0 })
      worked ||= messages.length > 0
      await Promise.all(messages.toReversed().map((message) => workOn(store, name, message, visibilitySeconds)))
    }
    return worked
  }

  private async restart(): Promise<void> {
    this.before = [...this.calls]
    this.metBefore = this.met
    await this.ground.elapse(REST_MS)
    this.process = faultyEngine(this.ground.engine)
    this.store = openStore(this.process.engine)
  }
}

async function workOn(
  store: Store,
  name: QueueName,
  { body, receipt }: QueueMessage,
  retrySeconds: number,
): Promise<void> {
  const queue = store.engine.queues[name]
  // Worked on by two at once: what is done at least once may be done side by side.
  const outcomes = await Promise.allSettled([work(store, name, body), work(store, name, body)])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  // Of two that send, one finds the message claimed by the other.
  const waits = outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value === 'again')
  try {
    if (failed !== undefined || waits) await queue.retry(receipt, retrySeconds)
    else await queue.delete(receipt)
  } catch {
    // It comes again when its visibility is over.
  }
}

async function work(store: Store, name: QueueName, body: string): Promise<'done' | 'again'> {
  if (name === 'jobs') {
    await runJob(store, body, JOBS)
    return 'done'
  }
  const { name: blob } = JSON.parse(body) as { name: string }
  if (name === 'arrivals') return (await indexMessage(store, blob, SCAN)) === 'wait' ? 'again' : 'done'
  return (await sendMessage(store, blob, { hostName: HOST_NAME })).kind === 'retry' ? 'again' : 'done'
}
