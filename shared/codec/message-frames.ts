/**
 * Messages one behind the other, as import and export carry them (`application/vnd.tubepost.messages`): a line of JSON ended by LF, then as many
 * octets as its `size` says, then the next line. A line without `size` stands for itself.
 */
import { ParseError } from './parse-error.ts'

export const FRAMES_TYPE = 'application/vnd.tubepost.messages'

/** Of one line; a message's flags and names fit in many times. */
const MAX_LINE_OCTETS = 64 * 1024
const LF = 10

export interface Frame {
  /** The line's fields. */
  header: Readonly<Record<string, unknown>>
  /** Octets that follow; 0 where `size` is absent. */
  sizeOctets: number
  /** To be read to its end, or left: the next frame begins behind it either way. */
  content: AsyncGenerator<Uint8Array>
}

export function formatFrameHeader(header: Readonly<Record<string, unknown>>): Uint8Array {
  return Buffer.from(`${JSON.stringify(header)}\n`)
}

/** Throws ParseError for a line that is no JSON object or too long, a wrong `size`, and where the octets end early. */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const octets = new OctetReader(chunks)
  try {
    for (;;) {
      const line = await octets.line()
      if (line === undefined) return
      const header = headerOf(line)
      const sizeOctets = sizeOf(header)
      const rest = { octets: sizeOctets }
      yield { header, sizeOctets, content: octets.take(rest) }
      for await (const _ of octets.take(rest)); // what the reader left
    }
  } finally {
    await octets.end()
  }
}

function headerOf(line: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(line).toString())
  } catch {
    throw new ParseError('A line before a message is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ParseError('A line before a message is no JSON object')
  }
  return value as Record<string, unknown>
}

function sizeOf({ size = 0 }: Readonly<Record<string, unknown>>): number {
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size
  throw new ParseError('The size of a message is no number of octets')
}

class OctetReader {
  private readonly chunks: AsyncIterator<Uint8Array>
  private held: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]()
  }

  /** Without its LF; undefined where nothing comes any more. */
  async line(): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = []
    let length = 0
    for (;;) {
      const end = this.held.indexOf(LF)
      const part = end < 0 ? this.held : this.held.subarray(0, end)
      length += part.length
      if (length > MAX_LINE_OCTETS) throw new ParseError('A line before a message is too long')
      parts.push(part)
      if (end >= 0) {
        this.held = this.held.subarray(end + 1)
        return Buffer.concat(parts)
      }
      if (!(await this.more())) {
        if (length === 0) return undefined
        throw new ParseError('A line before a message has no end')
      }
    }
  }

  /** Counts down what is left, so that whoever comes next goes on from there. */
  async *take(rest: { octets: number }): AsyncGenerator<Uint8Array> {
    while (rest.octets > 0) {
      if (this.held.length === 0 && !(await this.more())) throw new ParseError('A message ends early')
      const part = this.held.subarray(0, rest.octets)
      this.held = this.held.subarray(part.length)
      rest.octets -= part.length
      if (part.length > 0) yield part
    }
  }

  async end(): Promise<void> {
    await this.chunks.return?.()
  }

  private async more(): Promise<boolean> {
    const { done, value } = await this.chunks.next()
    this.held = done ? new Uint8Array(0) : value
    return !done
  }
}
