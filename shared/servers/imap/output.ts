import type { Connection } from '../connection.ts'

/** Text gathered before it is written: beyond this the client must take some first. */
const FLUSH_OCTETS = 64 * 1024
/** Octets up to this many join the text; more are written as they are. */
const SMALL_OCTETS = 4 * 1024

/** What a session has to say, gathered into few writes; at most one of them waits for a client that does not read. */
export class Output {
  connection: Connection
  /** A response is said in parts, and not to its end yet. */
  inResponse = false
  #text = ''

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** A binary string. Who adds much looks at `full` between pieces. */
  add(text: string): void {
    this.#text += text
  }

  get full(): boolean {
    return this.#text.length >= FLUSH_OCTETS
  }

  async octets(octets: Uint8Array): Promise<void> {
    if (await this.#joined(octets)) return
    await this.flush()
    await this.connection.write(octets)
  }

  /** The same for octets whose memory will hold others, once this resolves. */
  async fleetingOctets(octets: Uint8Array): Promise<void> {
    if (await this.#joined(octets)) return
    await this.flush()
    await this.connection.writeFleeting(octets)
  }

  async #joined(octets: Uint8Array): Promise<boolean> {
    if (octets.length > SMALL_OCTETS) return false
    this.#text += Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
    if (this.full) await this.flush()
    return true
  }

  /** Resolves when there is room for more. */
  async flush(): Promise<void> {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    await this.connection.write(text)
  }

  /** What is gathered, for a write of another kind. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}

/** A response broke off in the middle: whatever came now would be read as part of it, so the connection must close. */
export class BrokenResponseError extends Error {
  override readonly name = 'BrokenResponseError'
}
