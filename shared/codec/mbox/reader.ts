/**
 * Mailboxes in one file (RFC 4155, and what came before it). A message begins with a From_ line at the file's start or after an empty line; a line
 * that is no such thing, as it has no date, belongs to the message it stands in. Line ends become CR LF, as messages have them here.
 */
import { parseFromLine } from './from-line.ts'

/**
 * How From_ lines within messages were kept from beginning others. mboxrd: each `>From ` has got one `>` more. mboxo: only `From ` has got one, so
 * that what is longer stays as it is. raw: not at all, or by Content-Length.
 */
export type MboxFormat = 'mboxrd' | 'mboxo' | 'raw'

export type MboxEvent =
  /** Milliseconds since 1970, as the From_ line says. */
  | { kind: 'message'; receivedAt: number }
  /** Of the message that began last. */
  | { kind: 'octets'; octets: Uint8Array }

/** Of a line that has no end, so many are looked at together: more than tell what line it is. */
const HELD_OCTETS = 8192
const [CR, LF, GREATER] = [13, 10, 62]
const CRLF = Buffer.from('\r\n')
const FROM = Buffer.from('From ')

/** Takes the file in chunks, however it is cut. */
export class MboxReader {
  private readonly format: MboxFormat
  private held: Uint8Array = new Uint8Array(0)
  /** The beginning of this line has been given out. */
  private inLine = false
  /** The line before was empty, so that a From_ line may come. */
  private afterEmpty = false
  /** That line is still to be given out: it is the message's only if no From_ line and no end of the file follows. */
  private heldEmpty = false
  private inHeader = false
  private begun = false

  constructor(format: MboxFormat = 'mboxrd') {
    this.format = format
  }

  write(chunk: Uint8Array): MboxEvent[] {
    const events: MboxEvent[] = []
    const octets = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk])
    let at = 0
    for (let end = octets.indexOf(LF, at); end >= 0; end = octets.indexOf(LF, at)) {
      this.takeLine(octets.subarray(at, end > at && octets[end - 1] === CR ? end - 1 : end), true, events)
      at = end + 1
    }
    const rest = octets.subarray(at)
    if (rest.length >= HELD_OCTETS) {
      // A CR at its end may be half of a line end.
      const whole = rest.at(-1) === CR ? rest.length - 1 : rest.length
      this.takeLine(rest.subarray(0, whole), false, events)
      this.held = rest.slice(whole)
    } else this.held = rest.slice()
    return joined(events)
  }

  /** The last line may lack its end. */
  end(): MboxEvent[] {
    const events: MboxEvent[] = []
    const rest = this.held
    this.held = new Uint8Array(0)
    if (rest.length > 0 || this.inLine) this.takeLine(rest.at(-1) === CR ? rest.subarray(0, -1) : rest, true, events)
    return joined(events)
  }

  private takeLine(line: Uint8Array, ended: boolean, events: MboxEvent[]): void {
    if (!this.inLine) {
      const receivedAt = ended && (this.afterEmpty || !this.begun) ? parseFromLine(line) : undefined
      if (receivedAt !== undefined) {
        this.begun = true
        this.inHeader = true
        this.afterEmpty = false
        this.heldEmpty = false
        events.push({ kind: 'message', receivedAt })
        return
      }
      if (!this.begun) return // what stands before the first message is none
      if (this.heldEmpty) give(events, CRLF)
      this.afterEmpty = line.length === 0 && ended
      this.heldEmpty = this.afterEmpty && !this.inHeader
      if (this.afterEmpty) this.inHeader = false
      if (this.heldEmpty) return
    } else if (!this.begun) return
    give(events, this.inLine ? line : this.unescaped(line))
    if (ended) give(events, CRLF)
    this.inLine = !ended
  }

  private unescaped(line: Uint8Array): Uint8Array {
    if (line[0] !== GREATER || this.format === 'raw') return line
    let depth = 1
    if (this.format === 'mboxrd') while (line[depth] === GREATER) depth += 1
    return startsWithFrom(line, depth) ? line.subarray(1) : line
  }
}

export function startsWithFrom(line: Uint8Array, at: number): boolean {
  return FROM.every((octet, index) => line[at + index] === octet)
}

function give(events: MboxEvent[], octets: Uint8Array): void {
  if (octets.length > 0) events.push({ kind: 'octets', octets })
}

/** One event for the octets of each message in a chunk. */
function joined(events: readonly MboxEvent[]): MboxEvent[] {
  const all: MboxEvent[] = []
  let parts: Uint8Array[] = []
  function flush(): void {
    if (parts.length > 0) all.push({ kind: 'octets', octets: Buffer.concat(parts) })
    parts = []
  }
  for (const event of events) {
    if (event.kind === 'octets') parts.push(event.octets)
    else {
      flush()
      all.push(event)
    }
  }
  flush()
  return all
}
