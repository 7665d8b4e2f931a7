import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib'
import { type Connection, DisconnectedError } from '../connection.ts'

/** Small windows: an idle connection must weigh little (DESIGN §8), and mail compresses well enough with them. */
const DEFLATE = { level: 6, windowBits: 11, memLevel: 4, chunkSize: 4 * 1024 } as const
/** Octets one chunk of the client's may become before the next is looked at; what is beyond waits inside the inflater. */
const INFLATE_CHUNK = 4 * 1024

/** The connection under COMPRESS=DEFLATE (RFC 4978): raw deflate both ways, flushed with every write. */
export class CompressedConnection implements Connection {
  readonly #plain: Connection
  readonly #deflate: DeflateRaw = createDeflateRaw(DEFLATE)
  readonly #inflate: InflateRaw = createInflateRaw({ chunkSize: INFLATE_CHUNK, finishFlush: constants.Z_SYNC_FLUSH })
  #feeding: Promise<void> | undefined
  #failure: Error | undefined

  /** `rest`: what came behind the command, deflated already. */
  constructor(plain: Connection, rest: Uint8Array) {
    this.#plain = plain
    this.#inflate.on('error', (error) => {
      this.#failure = new DisconnectedError('what the client sent is not deflated', { cause: error })
    })
    this.#deflate.on('error', (error) => {
      this.#failure = new DisconnectedError('nothing can be deflated', { cause: error })
    })
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
      const octets = this.#inflate.read() as Uint8Array | null
      if (octets !== null) return octets
      if (this.#failure !== undefined) throw this.#failure
      if (this.#feeding !== undefined) {
        await this.#inflatedOrFed()
        continue
      }
      const chunk = await this.#plain.read(idleMs, options)
      if (chunk === undefined) return undefined
      this.#feed(chunk)
    }
  }

  async write(octets: Uint8Array | string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (octets.length === 0) return
    if (typeof octets === 'string') this.#deflate.write(octets, 'latin1')
    else this.#deflate.write(octets)
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    for (;;) {
      const deflated = this.#deflate.read() as Uint8Array | null
      if (deflated === null) return
      await this.#plain.write(deflated)
    }
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

  #feed(octets: Uint8Array): void {
    this.#feeding = new Promise((resolve) => {
      this.#inflate.write(octets, () => {
        this.#feeding = undefined
        resolve()
      })
    })
  }

  /** Until there is something to read, or the chunk is used up, or it cannot be inflated. */
  async #inflatedOrFed(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#inflate.off('readable', done)
        this.#inflate.off('error', done)
        resolve()
      }
      this.#inflate.on('readable', done)
      this.#inflate.on('error', done)
      this.#feeding?.then(done)
    })
  }

  /** Frees what inflates and deflates; the connection beneath stays open. */
  release(): void {
    this.#inflate.close()
    this.#deflate.close()
  }
}
