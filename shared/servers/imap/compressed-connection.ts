import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  deflateRawSync,
  type InflateRaw,
} from 'node:zlib'
import { type Connection, DisconnectedError, IdleTimeoutError } from '../connection.ts'
import { OctetsTail } from './octets-tail.ts'

/** Small windows: mail compresses well enough with them. */
const DEFLATE = { level: 6, windowBits: 11, memLevel: 4, chunkSize: 4 * 1024 } as const
/** Octets one chunk of the client's may become before the next is looked at; what is beyond waits inside the inflater. */
const INFLATE_CHUNK = 4 * 1024
/** How far back a client's deflate may point. */
const WINDOW_OCTETS = 32 * 1024
/** After so long without a word both ends of the compression are put away: with them an idle connection would weigh 100 KiB more (DESIGN §8). */
const QUIET_MS = 1000
/** What a flush ends in (RFC 1951 §3.2.4: a stored block of no octets); behind it a new inflater can go on. */
const FLUSHED = [0x00, 0x00, 0xff, 0xff]

/** The connection under COMPRESS=DEFLATE (RFC 4978): raw deflate both ways, flushed with every write. */
export class CompressedConnection implements Connection {
  readonly #plain: Connection
  #deflate: DeflateRaw | undefined
  #inflate: InflateRaw | undefined
  /** What the client said last, which its next words may point back to. */
  readonly #said = new OctetsTail(WINDOW_OCTETS)
  /** The last octets of what came. */
  #end: readonly number[] = []
  #feeding: Promise<void> | undefined
  #writing = 0
  #failure: Error | undefined

  /** `rest`: what came behind the command, deflated already. */
  constructor(plain: Connection, rest: Uint8Array) {
    this.#plain = plain
    if (rest.length > 0) this.#feed(rest)
  }

  get remoteAddress(): string {
    return this.#plain.remoteAddress
  }

  get secure(): boolean {
    return this.#plain.secure
  }

  /** TLS begins before compression or not at all. */
  get canStartTls(): boolean {
    return false
  }

  get unsentOctets(): number {
    return this.#plain.unsentOctets
  }

  get signal(): AbortSignal {
    return this.#plain.signal
  }

  /** Nothing more is taken from the client before what it sent is inflated and read: a bomb costs one chunk at a time. */
  async read(idleMs: number, options?: { evenWhenDraining?: boolean }): Promise<Uint8Array | undefined> {
    for (;;) {
      const octets = (this.#inflate?.read() ?? null) as Uint8Array | null
      if (octets !== null) {
        this.#said.add(octets)
        return octets
      }
      if (this.#failure !== undefined) throw this.#failure
      if (this.#feeding !== undefined) {
        await this.#inflatedOrFed()
        continue
      }
      const chunk = await this.#readPlain(idleMs, options)
      if (chunk === undefined) return undefined
      this.#feed(chunk)
    }
  }

  async write(octets: Uint8Array | string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (octets.length === 0) return
    this.#writing += 1
    try {
      const deflate = (this.#deflate ??= this.#newDeflate())
      if (typeof octets === 'string') deflate.write(octets, 'latin1')
      else deflate.write(octets)
      let isFlushed = false
      const flushing = new Promise<void>((resolve) => {
        deflate.flush(constants.Z_SYNC_FLUSH, () => {
          isFlushed = true
          resolve()
        })
      })
      // Taken as it comes: a deflater that holds as much as it may goes on when some of it is read, and flushes no sooner.
      for (;;) {
        const deflated = deflate.read() as Uint8Array | null
        if (deflated !== null) await this.#plain.write(deflated)
        else if (this.#failure !== undefined) throw this.#failure
        else if (deflate.destroyed) throw new DisconnectedError('released while something was written')
        else if (isFlushed) return
        else await readableOr(deflate, flushing)
      }
    } finally {
      this.#writing -= 1
    }
  }

  /** What `write` resolves for is deflated. */
  writeFleeting(octets: Uint8Array): Promise<void> {
    return this.write(octets)
  }

  /** Octets to write as they are, behind everything written so far; undefined while something is being written. */
  deflatedNow(text: string): Uint8Array | undefined {
    if (this.#writing > 0 || this.#failure !== undefined) return undefined
    return deflateRawSync(Buffer.from(text, 'latin1'), { ...DEFLATE, finishFlush: constants.Z_SYNC_FLUSH })
  }

  startTls(): Promise<void> {
    return Promise.reject(new Error('TLS cannot begin under compression'))
  }

  end(): Promise<void> {
    this.release()
    return this.#plain.end()
  }

  destroy(): void {
    this.release()
    this.#plain.destroy()
  }

  /** A silent client is waited for with nothing in memory but what it said last. */
  async #readPlain(idleMs: number, options?: { evenWhenDraining?: boolean }): Promise<Uint8Array | undefined> {
    const atWork = this.#deflate !== undefined || this.#inflate !== undefined
    if (!atWork || idleMs <= QUIET_MS) return this.#plain.read(idleMs, options)
    try {
      return await this.#plain.read(QUIET_MS, options)
    } catch (error) {
      if (!(error instanceof IdleTimeoutError)) throw error
    }
    this.#rest()
    return this.#plain.read(idleMs - QUIET_MS, options)
  }

  /** Blocks of a new deflater follow those of the one before, to which they do not point back; so does a new inflater, at the end of a flush. */
  #rest(): void {
    if (this.#writing === 0) {
      this.#deflate?.close()
      this.#deflate = undefined
    }
    if (FLUSHED.some((octet, at) => this.#end[at] !== octet)) return
    this.#inflate?.close()
    this.#inflate = undefined
    this.#said.take()
  }

  #newDeflate(): DeflateRaw {
    const deflate = createDeflateRaw(DEFLATE)
    deflate.on('error', (error) => {
      this.#failure = new DisconnectedError('nothing can be deflated', { cause: error })
    })
    return deflate
  }

  #newInflate(): InflateRaw {
    const dictionary = this.#said.take()
    const inflate = createInflateRaw({
      chunkSize: INFLATE_CHUNK,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(dictionary.length > 0 && { dictionary }),
    })
    inflate.on('error', (error) => {
      this.#failure = new DisconnectedError('what the client sent is not deflated', { cause: error })
    })
    return inflate
  }

  #feed(octets: Uint8Array): void {
    const inflate = (this.#inflate ??= this.#newInflate())
    this.#end = [...this.#end, ...octets.subarray(-FLUSHED.length)].slice(-FLUSHED.length)
    this.#feeding = new Promise((resolve) => {
      inflate.write(octets, () => {
        this.#feeding = undefined
        resolve()
      })
    })
  }

  /** Until there is something to read, or the chunk is used up, or it cannot be inflated. */
  #inflatedOrFed(): Promise<void> {
    return readableOr(this.#inflate!, this.#feeding)
  }

  /** Frees what inflates and deflates; the connection beneath stays open. */
  release(): void {
    this.#inflate?.close()
    this.#deflate?.close()
  }
}

/** Until there is something to read, or `done`, or the stream is at its end, whichever way. */
function readableOr(stream: DeflateRaw | InflateRaw, done: Promise<void> | undefined): Promise<void> {
  const events = ['readable', 'error', 'close'] as const
  return new Promise<void>((resolve) => {
    const resume = () => {
      for (const event of events) stream.off(event, resume)
      resolve()
    }
    for (const event of events) stream.on(event, resume)
    done?.then(resume)
  })
}
