import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  type Connection,
  DisconnectedError,
  DrainError,
  IdleTimeoutError,
  WIRE_ENCODING,
} from '../servers/connection.ts'
import type { Certificates } from './certificates.ts'
import { cancelDeadline, type Deadline, setDeadline } from './deadlines.ts'
import { acceptTls } from './tls.ts'

/** Octets read ahead of a session that does not read, before its client must wait. */
export const READ_AHEAD_OCTETS = 32 * 1024
/** What a chunk weighs besides its octets: many chunks of one octet must not make a small buffer large. */
const CHUNK_OCTETS = 256

export interface SocketOptions {
  remoteAddress: string
  certificates: Certificates | undefined
  handshakeTimeoutMs: number
  /** A client that takes nothing of what waits for it for so long is gone. */
  stalledMs: number
  /** How long a client that was told goodbye may take to close its side. */
  lingerMs: number
}

interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
}

/** A `Connection` on a TCP socket, which must be half-open capable: a client may end its side and still read our answers. */
export class SocketConnection implements Connection, Deadline {
  readonly remoteAddress: string
  lastWords?: () => string | Uint8Array | undefined
  #socket: Socket
  readonly #options: SocketOptions
  #chunks: Uint8Array[] = []
  #buffered = 0
  #paused = false
  #ended = false
  /** A goodbye is on its way, and the socket closes behind it. */
  #closing = false
  /** No line can be said between STARTTLS and the end of its handshake. */
  #handshaking = false
  /** Last words are said, and close the socket when they have come. */
  #cutOff = false
  #gone: DisconnectedError | undefined
  #draining: DrainError | undefined
  #reader: (Waiter<Uint8Array | undefined> & { evenWhenDraining: boolean; tick: number }) | undefined
  #writers: Waiter<void>[] | undefined
  /** Made when asked for: an AbortController is a good part of what an idle connection weighs. */
  #abort: AbortController | undefined

  constructor(socket: Socket, options: SocketOptions) {
    this.remoteAddress = options.remoteAddress
    this.#socket = socket
    this.#options = options
    this.#listen(socket)
    if (socket.isPaused()) socket.resume() // a PROXY header was read from it
  }

  get secure(): boolean {
    return this.#socket instanceof TLSSocket
  }

  get canStartTls(): boolean {
    return this.#options.certificates !== undefined && !this.secure
  }

  get unsentOctets(): number {
    return this.#socket.writableLength
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      const reason = this.#gone ?? this.#draining
      if (reason !== undefined) this.#abort.abort(reason)
    }
    return this.#abort.signal
  }

  read(idleMs: number, { evenWhenDraining = false } = {}): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#buffered -= chunk.length + CHUNK_OCTETS
      if (this.#paused && this.#buffered < READ_AHEAD_OCTETS) this.#resume()
      return Promise.resolve(chunk)
    }
    if (this.#ended) return Promise.resolve(undefined)
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    if (this.#draining !== undefined && !evenWhenDraining) return Promise.reject(this.#draining)
    if (this.#reader !== undefined) return Promise.reject(new Error('two reads at a time on one connection'))
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject, evenWhenDraining, tick: setDeadline(this, idleMs) }
    })
  }

  write(octets: Uint8Array | string): Promise<void> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    if (octets.length === 0) return Promise.resolve()
    const room = typeof octets === 'string' ? this.#socket.write(octets, WIRE_ENCODING) : this.#socket.write(octets)
    if (room) return Promise.resolve()
    return this.#drained()
  }

  writeFleeting(octets: Uint8Array): Promise<void> {
    // So many make the stream wait until the system has taken them all (or TLS, enciphered); of fewer it may keep some.
    const isMany = octets.length >= this.#socket.writableHighWaterMark
    return this.write(isMany ? octets : Uint8Array.from(octets))
  }

  async startTls(reply: string): Promise<void> {
    const { certificates, handshakeTimeoutMs } = this.#options
    if (certificates === undefined || this.secure) throw new Error('TLS cannot begin on this connection')
    const plain = this.#socket
    this.#handshaking = true
    this.#unlisten(plain)
    // From here on arriving octets stay in the socket's own buffer, from where the handshake takes them.
    plain.pause()
    while (plain.read() !== null);
    this.#chunks = []
    this.#buffered = 0
    await new Promise<void>((resolve) => {
      plain.once('close', resolve)
      plain.write(reply, WIRE_ENCODING, () => {
        plain.off('close', resolve)
        resolve()
      })
    })
    await this.#secure(plain, certificates, handshakeTimeoutMs)
  }

  /** Implicit TLS: the handshake comes first of all (RFC 8314 §3). */
  async secureFirst(certificates: Certificates): Promise<void> {
    this.#unlisten(this.#socket)
    this.#socket.pause()
    await this.#secure(this.#socket, certificates, this.#options.handshakeTimeoutMs)
  }

  async #secure(plain: Socket, certificates: Certificates, timeoutMs: number): Promise<void> {
    try {
      if (plain.destroyed) throw new DisconnectedError('the client went away before its TLS handshake')
      const secured = await acceptTls(plain, certificates, timeoutMs)
      this.#socket = secured
      this.#paused = false
      this.#handshaking = false
      this.#listen(secured)
    } catch (error) {
      this.#lost(error as Error)
      throw this.#gone
    }
  }

  async end(): Promise<void> {
    this.#closing = true
    const socket = this.#socket
    this.#chunks = []
    this.#buffered = 0
    if (socket.destroyed) return
    await new Promise<void>((resolve) => {
      let timer = setTimeout(() => socket.destroy(), this.#options.stalledMs)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      // Closing on unread octets makes TCP send a reset, which can overtake our last reply: so read on for a while (RFC 1122 §4.2.2.13).
      socket.off('data', this.#onData)
      socket.resume()
      const bothEnded = () => socket.writableFinished && socket.readableEnded && socket.destroy()
      socket.once('end', bothEnded)
      socket.end(() => {
        clearTimeout(timer)
        timer = setTimeout(() => socket.destroy(), this.#options.lingerMs)
        bothEnded()
      })
    })
  }

  destroy(): void {
    if (!this.#cutOff) this.#socket.destroy()
  }

  /**
   * The process stops now, whatever the session is doing: it says its last words where it can, and is over. Resolves when the socket is closed, which is soon: a client
   * has the time that it has after a goodbye.
   */
  async cutOff(): Promise<void> {
    const isSilent = this.#closing || this.#handshaking || this.#gone !== undefined
    const words = isSilent ? undefined : this.lastWords?.()
    const socket = this.#socket
    if (words === undefined) {
      socket.destroy()
      return
    }
    this.#cutOff = true
    this.#lost(new DrainError('the grace is over'))
    if (typeof words === 'string') socket.write(words, WIRE_ENCODING)
    else socket.write(words)
    const timer = setTimeout(() => socket.destroy(), this.#options.lingerMs)
    await this.end()
    clearTimeout(timer)
  }

  /** The process is about to stop. */
  drain(): void {
    if (this.#draining !== undefined) return
    this.#draining = new DrainError('the server is about to stop')
    this.#abort?.abort(this.#draining)
    if (this.#reader !== undefined && !this.#reader.evenWhenDraining) this.#takeReader()?.reject(this.#draining)
  }

  /** A read has waited for as long as it may. */
  expire(): void {
    this.#takeReader()?.reject(new IdleTimeoutError('the client said nothing for too long'))
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
    socket.on('drain', this.#onDrain)
  }

  #unlisten(socket: Socket): void {
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('drain', this.#onDrain)
    // Errors stay heard: without a listener they would end the process.
  }

  #onData = (chunk: Uint8Array): void => {
    const reader = this.#takeReader()
    if (reader !== undefined) {
      reader.resolve(chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#buffered += chunk.length + CHUNK_OCTETS
    if (this.#buffered >= READ_AHEAD_OCTETS && !this.#paused) {
      this.#paused = true
      this.#socket.pause()
    }
  }

  #onEnd = (): void => {
    this.#ended = true
    this.#takeReader()?.resolve(undefined)
  }

  #onError = (error: Error): void => {
    this.#lost(error)
  }

  #onClose = (): void => {
    this.#lost(new Error('the connection is closed'))
  }

  #onDrain = (): void => {
    const writers = this.#writers
    this.#writers = undefined
    for (const writer of writers ?? []) writer.resolve()
  }

  #resume(): void {
    this.#paused = false
    this.#socket.resume()
  }

  #takeReader() {
    const reader = this.#reader
    if (reader === undefined) return undefined
    this.#reader = undefined
    cancelDeadline(this, reader.tick)
    return reader
  }

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stalled = { expire: () => this.#socket.destroy() }
      const tick = setDeadline(stalled, this.#options.stalledMs)
      this.#writers ??= []
      this.#writers.push({
        resolve: () => {
          cancelDeadline(stalled, tick)
          resolve()
        },
        reject: (error) => {
          cancelDeadline(stalled, tick)
          reject(error)
        },
      })
    })
  }

  #lost(cause: Error): void {
    if (this.#gone !== undefined) return
    this.#gone = cause instanceof DisconnectedError ? cause : new DisconnectedError('the client went away', { cause })
    this.#abort?.abort(this.#gone)
    this.#takeReader()?.reject(this.#gone)
    const writers = this.#writers
    this.#writers = undefined
    for (const writer of writers ?? []) writer.reject(this.#gone)
  }
}
