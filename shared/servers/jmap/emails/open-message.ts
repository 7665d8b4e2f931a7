import { areKept } from '../../../codec/mime/header-fields.ts'
import type { MimePart } from '../../../codec/mime/structure-types.ts'
import type { ReadRange } from '../../../flows/mailboxes/message-bodies.ts'

/** A message that can be read, wherever it lies: a content, a part of one, or something uploaded. */
export interface OpenMessage {
  blobId: string
  structure: MimePart
  /** Kept header fields and which of them are missing, as in a view. */
  headerFields: Uint8Array
  headerFieldsMissing: readonly string[]
  preview: string
  sizeOctets: number
  /** Octets by their place in the object that the structure's offsets count in. */
  read: ReadRange
  /** The id under which the octets of a part of it are a blob; '' is the message itself. */
  partBlobId(section: string): string
}

/** Of one header; what is beyond is not shown. */
const HEADER_OCTETS = 512 * 1024
/** Parts that lie so close together are read at once. */
const TOGETHER_OCTETS = 256 * 1024

/** Reads a message's pieces, those that will be needed in one go where they lie together. */
export class MessageReader {
  readonly message: OpenMessage
  #start = 0
  #octets: Uint8Array | undefined

  constructor(message: OpenMessage) {
    this.message = message
  }

  /** Says what will be read. */
  async prepare(ranges: readonly { offset: number; length: number }[]): Promise<void> {
    if (ranges.length < 2) return
    const start = Math.min(...ranges.map(({ offset }) => offset))
    const end = Math.max(...ranges.map(({ offset, length }) => offset + length))
    if (end - start > TOGETHER_OCTETS) return
    this.#octets = await collect(this.message.read({ start, end }))
    this.#start = start
  }

  async *read({ start, end }: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    const held = this.#octets
    if (held !== undefined && start >= this.#start && end <= this.#start + held.length) {
      yield held.subarray(start - this.#start, end - this.#start)
      return
    }
    yield* this.message.read({ start, end })
  }

  /** The header block of a part, whole up to a limit. */
  header({ header }: MimePart): Promise<Uint8Array> {
    const end = header.offset + Math.min(header.length, HEADER_OCTETS)
    return collect(this.read({ start: header.offset, end }))
  }

  /** A block with these fields (lower case) of the message's header: kept ones need no reading. */
  async fields(names: readonly string[]): Promise<Uint8Array> {
    const { headerFields, headerFieldsMissing, structure } = this.message
    return areKept(names, headerFieldsMissing) ? headerFields : this.header(structure)
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(chunks))
}
