import type { Connection } from './connection.ts'

const CR = 0x0d
const LF = 0x0a
const NONE = new Uint8Array(0)
const FIRST_CAPACITY = 256

/**
 * A line without its end. `bare-line-end`: it ended in LF without CR or had a CR inside, where only CR LF may be; `too-long`: its
 * octets are dropped. Either is said once, when the line is over.
 */
export type Line = { kind: 'line'; octets: Uint8Array } | { kind: 'bare-line-end' } | { kind: 'too-long' }

export interface LineReaderOptions {
  /**
   * strict: only CR LF ends a line (RFC 5321 §2.3.8), and a line with any other CR or LF is reported instead of handed out.
   * lenient: a LF alone ends one too.
   */
  lineEnds: 'strict' | 'lenient'
  /** Called before the reader waits for the client: the moment to send the replies gathered so far (RFC 2920 §3.2). */
  beforeWaiting?: () => Promise<void>
}

/** Lines and counted octets of one connection, in time linear in the octets however they are cut into chunks. */
export class LineReader {
  readonly #connection: Connection
  readonly #strict: boolean
  readonly #beforeWaiting: (() => Promise<void>) | undefined
  /** What came and has not been handed out. */
  #chunk: Uint8Array = NONE
  /** The beginning of a line whose end has not come: pieces are copied together, as a chunk of one octet weighs far more than that. */
  #partial: Uint8Array = NONE
  #partialLength = 0
  #skipping = false

  constructor(connection: Connection, { lineEnds, beforeWaiting }: LineReaderOptions) {
    this.#connection = connection
    this.#strict = lineEnds === 'strict'
    this.#beforeWaiting = beforeWaiting
  }

  /**
   * The next line, at most `maxOctets` without its end; undefined when the client ends, what came of a last line being dropped.
   * Throws what `Connection.read` throws; the octets that came so far are kept then.
   */
  async readLine(maxOctets: number, idleMs: number): Promise<Line | undefined> {
    for (;;) {
      const end = this.#chunk.indexOf(LF)
      if (end >= 0) return this.#finishLine(end, maxOctets)
      this.#keepPartial(this.#chunk, maxOctets)
      this.#chunk = NONE
      const chunk = await this.#wait(idleMs)
      if (chunk === undefined) return undefined
      this.#chunk = chunk
    }
  }

  /** The next octets whatever they are, undefined at the end: content of DATA, a literal. Goes on while the process drains. */
  async readChunk(idleMs: number): Promise<Uint8Array | undefined> {
    if (this.#chunk.length === 0) return this.#wait(idleMs, { evenWhenDraining: true })
    const chunk = this.#chunk
    this.#chunk = NONE
    return chunk
  }

  /** Puts back the last octets of the chunk just read. */
  unread(octets: Uint8Array): void {
    this.#chunk = this.#chunk.length === 0 ? octets : Buffer.concat([octets, this.#chunk])
  }

  /** Octets are at hand: reading them does not wait. */
  get hasOctets(): boolean {
    return this.#chunk.length > 0
  }

  /** `Connection.startTls`, which drops what this reader holds too. */
  async startTls(reply: string): Promise<void> {
    this.#chunk = NONE
    this.#dropPartial()
    this.#skipping = false
    await this.#connection.startTls(reply)
  }

  async #wait(idleMs: number, options?: { evenWhenDraining: boolean }): Promise<Uint8Array | undefined> {
    await this.#beforeWaiting?.()
    return this.#connection.read(idleMs, options)
  }

  #finishLine(end: number, maxOctets: number): Line {
    let octets = this.#chunk.subarray(0, end)
    this.#chunk = this.#chunk.subarray(end + 1)
    if (this.#partialLength > 0 || this.#skipping) {
      this.#keepPartial(octets, maxOctets)
      octets = this.#partial.subarray(0, this.#partialLength)
    }
    const tooLong = this.#skipping
    this.#dropPartial()
    this.#skipping = false
    if (tooLong) return { kind: 'too-long' }

    const crlf = octets.at(-1) === CR
    if (crlf) octets = octets.subarray(0, -1)
    if (octets.length > maxOctets) return { kind: 'too-long' }
    if (this.#strict && (!crlf || octets.includes(CR))) return { kind: 'bare-line-end' }
    return { kind: 'line', octets }
  }

  #keepPartial(piece: Uint8Array, maxOctets: number): void {
    if (this.#skipping || piece.length === 0) return
    const length = this.#partialLength + piece.length
    // One more for the CR, which may be the last octet that came.
    if (length > maxOctets + 1) {
      this.#skipping = true
      this.#dropPartial()
      return
    }
    if (length > this.#partial.length) {
      const grown = new Uint8Array(Math.max(length, FIRST_CAPACITY, this.#partial.length * 2))
      grown.set(this.#partial.subarray(0, this.#partialLength))
      this.#partial = grown
    }
    this.#partial.set(piece, this.#partialLength)
    this.#partialLength = length
  }

  #dropPartial(): void {
    this.#partial = NONE
    this.#partialLength = 0
  }
}
