import { type LineEndState, watchLineEnds } from '../../codec/smtp/data.ts'
import { ReceivedCount } from '../../codec/smtp/received-count.ts'
import type { Reply } from '../../codec/smtp/reply.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { SpoolWriter } from '../../ports/spool.ts'
import { REPLIES } from './replies.ts'
import type { Session } from './session.ts'

/** Pieces below this are gathered: a write apiece would let a client that sends single octets cost thousands of times their size. */
const SMALL_OCTETS = 4 * 1024
const BLOCK_OCTETS = 16 * 1024

/** The content of one message on its way into the spool, and the first reason why it will not be taken. */
export class Intake {
  readonly #session: Session
  readonly #writer: SpoolWriter
  readonly #limits: Session['services']['limits']
  readonly #received = new ReceivedCount()
  #octets = 0
  #refusal: Reply | undefined
  #lineEnds: LineEndState = 'text'
  #block: Uint8Array | undefined
  #blockLength = 0

  constructor(session: Session) {
    const { store, limits } = session.services
    this.#session = session
    this.#writer = store.engine.spool.create({ memoryOctets: limits.spoolMemoryOctets })
    this.#limits = limits
  }

  /** So much more than allowed has come that the client will not stop by itself. */
  get hopeless(): boolean {
    return this.#octets > 2 * this.#limits.messageOctets
  }

  get refusal(): Reply | undefined {
    return this.#refusal
  }

  refuse(reply: Reply): void {
    this.#refusal ??= reply
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#octets += piece.length
    if (this.#octets > this.#limits.messageOctets) this.refuse(REPLIES.tooLarge)
    this.#received.add(piece)
    if (this.#received.count > this.#limits.receivedLines) this.refuse(REPLIES.looping)
    // A refused message is read to its end, so that the client reads why (RFC 5321 §4.2.5), and costs nothing more.
    if (this.#refusal === undefined) {
      try {
        await this.#keep(piece)
      } catch (error) {
        // A full disk ends nothing but the keeping: the rest of the content is still to come, and must not be taken for commands (§4.1.1.4).
        this.refuse(this.#session.replyTo(error))
      }
    }
    if (this.#refusal !== undefined) await this.discard()
  }

  async #keep(piece: Uint8Array): Promise<void> {
    if (piece.length >= SMALL_OCTETS) {
      await this.#writeBlock()
      await this.#writer.write(piece, { given: true }) // of a chunk that the connection handed out, and nobody writes to
      return
    }
    if (this.#blockLength + piece.length > BLOCK_OCTETS) await this.#writeBlock()
    this.#block ??= new Uint8Array(BLOCK_OCTETS)
    this.#block.set(piece, this.#blockLength)
    this.#blockLength += piece.length
  }

  /** Content whose octets were counted: it must be of lines as DATA's is, or whoever it is passed on to by DATA reads it otherwise. */
  async writeCounted(chunk: Uint8Array): Promise<void> {
    this.#lineEnds = watchLineEnds(this.#lineEnds, chunk)
    if (this.#lineEnds === 'bare') this.refuse(REPLIES.bareInContent)
    await this.write(chunk)
  }

  /** The last of the counted octets has come. */
  endCounted(): void {
    if (this.#lineEnds === 'cr') this.refuse(REPLIES.bareInContent)
  }

  async finish(): Promise<BlobSource> {
    await this.#writeBlock()
    return this.#writer.finish()
  }

  async discard(): Promise<void> {
    this.#block = undefined
    this.#blockLength = 0
    await this.#writer.discard()
  }

  async #writeBlock(): Promise<void> {
    if (this.#block === undefined || this.#blockLength === 0) return
    const block = this.#block.subarray(0, this.#blockLength)
    this.#blockLength = 0
    await this.#writer.write(block) // copied or written when it resolves, so that the block can be filled again
  }
}
