/** Senders are checked in threads of their own: signatures and hostile headers cost time that the connections do not have. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { HeaderFilter } from '../../codec/mime/header-filter.ts'
import { log } from '../../log.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { Dns } from '../../ports/dns.ts'
import type { SenderCheck, SenderClaims, SenderVerdict } from '../../ports/sender-check.ts'
import type { Answer, FromThread, Phase, ToThread } from './sender-check-messages.ts'

export interface SenderCheckOptions {
  /** Best with a cache (dns-cache.ts). */
  dns: Dns
  hostName: string
  threads?: number
  /** For all look-ups of a phase together (sender-check-messages.ts); what is not known then is `temperror`. */
  dnsMs?: number
  /** For the wait for a thread, and again for the check itself. */
  limitMs?: number
  /** Messages a thread works on side by side, as most of the time goes by in look-ups. */
  atOnce?: number
  /** A header beyond this is not read. */
  headerOctets?: number
  /** Signatures that are tried, from the top: each costs a look-up and a digest of the body (RFC 6376 §6.1). */
  signatures?: number
  /** The thread's own code; a test may put another in its place. */
  thread?: URL
}

interface Thread {
  worker: Worker
  jobs: Map<number, Job>
  /** A job did not end in time: no more are given, and the thread ends with its last. */
  retired: boolean
}

interface Job {
  id: number
  source: BlobSource
  claims: SenderClaims
  content?: AsyncIterator<Uint8Array>
  filter: HeaderFilter
  /** Nothing more is given to the thread. */
  fed: boolean
  /** The header was too large, and its end was not given to the thread. */
  cut: boolean
  /** Aborted when the phase's look-ups have taken their time. */
  phases: Map<Phase, AbortSignal>
  timers: NodeJS.Timeout[]
  settle(verdict: SenderVerdict): void
}

const SIGNATURE_NAMES = new Set(['dkim-signature'])
const NOTHING = Buffer.alloc(0)
/** In a bundle the thread's code lies beside it (infra/bundle.ts). */
const THREAD = new URL(`./sender-check-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'mjs'}`, import.meta.url)
const THREAD_MEMORY_MIB = 256

const UNKNOWN: SenderVerdict = {
  spf: { result: 'temperror' },
  dkim: [],
  dmarc: { result: 'temperror' },
  arc: { result: 'none' },
}

/** Threads begin with the first message to check. */
export function openSenderCheck(options: SenderCheckOptions): SenderCheck {
  return new SenderCheckPool(options)
}

class SenderCheckPool implements SenderCheck {
  readonly #options: Required<SenderCheckOptions>
  readonly #threads = new Set<Thread>()
  readonly #waiting: Job[] = []
  #nextId = 0
  #closed = false

  constructor(options: SenderCheckOptions) {
    this.#options = {
      threads: Math.min(2, availableParallelism()),
      dnsMs: 5000,
      limitMs: 20_000,
      atOnce: 32,
      headerOctets: 256 * 1024,
      signatures: 10,
      thread: THREAD,
      ...options,
    }
  }

  check(source: BlobSource, claims: SenderClaims): Promise<SenderVerdict> {
    if (this.#closed) return Promise.resolve(UNKNOWN)
    return new Promise((settle) => {
      let left = this.#options.signatures
      const filter = new HeaderFilter(SIGNATURE_NAMES, () => left-- > 0)
      const job: Job = {
        id: this.#nextId++,
        source,
        claims,
        filter,
        fed: false,
        cut: false,
        phases: new Map(),
        timers: [],
        settle,
      }
      job.timers.push(setTimeout(() => this.#waitedTooLong(job), this.#options.limitMs))
      this.#waiting.push(job)
      this.#dispatch()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) finish(job, UNKNOWN)
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()))
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const thread = this.#freeThread()
      if (thread === undefined) return
      const job = this.#waiting.shift()!
      clearTimers(job)
      thread.jobs.set(job.id, job)
      job.timers.push(setTimeout(() => this.#tookTooLong(thread, job), this.#options.limitMs))
      post(thread, { kind: 'check', job: job.id, claims: job.claims, hostName: this.#options.hostName })
    }
  }

  #freeThread(): Thread | undefined {
    const { threads, atOnce } = this.#options
    const usable = [...this.#threads].filter(({ retired }) => !retired)
    const least = usable.sort((a, b) => a.jobs.size - b.jobs.size)[0]
    if (least !== undefined && (least.jobs.size === 0 || usable.length >= threads)) {
      return least.jobs.size < atOnce ? least : undefined
    }
    // Retired ones are counted too, so that messages which hang them up do not make any number of threads.
    return this.#threads.size < 2 * threads ? this.#startThread() : least
  }

  #startThread(): Thread {
    const worker = new Worker(this.#options.thread, { resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB } })
    const thread: Thread = { worker, jobs: new Map(), retired: false }
    this.#threads.add(thread)
    worker.unref() // a message under check holds the process by its timers
    worker.on('message', (message: FromThread) => {
      const job = thread.jobs.get(message.job)
      if (job !== undefined) void this.#hear(thread, job, message)
    })
    worker.on('error', (error) => log.error('sender-check-died', { error: error as Error }))
    worker.on('exit', () => {
      this.#threads.delete(thread)
      for (const job of thread.jobs.values()) finish(job, UNKNOWN)
      thread.jobs.clear()
      this.#dispatch()
    })
    return thread
  }

  async #hear(thread: Thread, job: Job, message: FromThread): Promise<void> {
    try {
      if (message.kind === 'pull') await this.#feed(thread, job)
      else if (message.kind === 'question') await this.#lookUp(thread, job, message)
      else if (message.kind === 'verdict') this.#end(thread, job, job.cut ? unread(message.verdict) : message.verdict)
      else {
        log.error('sender-check-failed', { reason: message.reason })
        this.#end(thread, job, UNKNOWN)
      }
    } catch (error) {
      if (!thread.jobs.has(job.id)) return // its source is closed because its time was over
      log.error('sender-check-failed', { error: error as Error })
      post(thread, { kind: 'forget', job: job.id })
      this.#end(thread, job, UNKNOWN)
    }
  }

  /** The next octets, without the signatures that are too many. */
  async #feed(thread: Thread, job: Job): Promise<void> {
    const { filter } = job
    let octets: Uint8Array = NOTHING
    while (octets.length === 0 && !job.fed) {
      job.content ??= job.source.open()[Symbol.asyncIterator]()
      const { value, done } = await job.content.next()
      octets = Buffer.concat(done === true ? filter.end() : filter.write(value))
      if (filter.headerOctets > this.#options.headerOctets) {
        job.cut = true
        octets = NOTHING
      }
      job.fed = done === true || job.cut
    }
    post(thread, octets.length > 0 ? { kind: 'chunk', job: job.id, octets } : { kind: 'end', job: job.id })
  }

  async #lookUp(thread: Thread, job: Job, asked: Extract<FromThread, { kind: 'question' }>): Promise<void> {
    const { question, name, type, phase } = asked
    const signal = this.#phase(job, phase)
    let answer: Answer = 'over'
    let stop = () => {}
    try {
      if (!signal.aborted) {
        const over = new Promise<'over'>((resolve) => {
          stop = () => resolve('over')
          signal.addEventListener('abort', stop)
        })
        answer = await Promise.race([this.#options.dns.resolve(name, type), over])
      }
    } catch (error) {
      log.info('sender-check-no-answer', { name, type, reason: (error as Error).message })
      answer = 'no-answer'
    } finally {
      signal.removeEventListener('abort', stop)
    }
    post(thread, { kind: 'answer', job: job.id, question, answer })
  }

  #phase(job: Job, phase: Phase): AbortSignal {
    const begun = job.phases.get(phase)
    if (begun !== undefined) return begun
    const over = new AbortController()
    job.timers.push(setTimeout(() => over.abort(), this.#options.dnsMs))
    job.phases.set(phase, over.signal)
    return over.signal
  }

  #waitedTooLong(job: Job): void {
    log.warn('sender-check-no-thread', { waiting: this.#waiting.length })
    this.#waiting.splice(this.#waiting.indexOf(job), 1)
    finish(job, UNKNOWN)
  }

  #tookTooLong(thread: Thread, job: Job): void {
    log.warn('sender-check-too-slow', { remoteAddress: job.claims.remoteAddress, reversePath: job.claims.reversePath })
    thread.retired = true
    post(thread, { kind: 'forget', job: job.id })
    this.#end(thread, job, UNKNOWN)
  }

  #end(thread: Thread, job: Job, verdict: SenderVerdict): void {
    thread.jobs.delete(job.id)
    finish(job, verdict)
    if (thread.retired && thread.jobs.size === 0) void thread.worker.terminate()
    this.#dispatch()
  }
}

function finish(job: Job, verdict: SenderVerdict): void {
  clearTimers(job)
  job.settle(verdict)
  // Waits for a read under way; what that says is nobody's concern any more.
  job.content?.return?.().then(undefined, (error: Error) => log.debug('sender-check-source', { error }))
}

function clearTimers(job: Job): void {
  for (const timer of job.timers.splice(0)) clearTimeout(timer)
}

/** SPF is about the envelope alone; of the message nothing can be said. */
function unread({ spf }: SenderVerdict): SenderVerdict {
  return { spf, dkim: [], dmarc: { result: 'permerror' }, arc: { result: 'none' } }
}

function post(thread: Thread, message: ToThread): void {
  thread.worker.postMessage(message)
}
