/**
 * Octets from the client become commands (RFC 9051 §2.2.1, §4.3). A line ends at LF, with or without CR before it: people
 * type at servers through tools that send no CR, and no IMAP line can hold either octet as content, so nothing is split
 * that was one. All text is binary strings: one character per octet, U+0000 to U+00FF.
 */

/** Stands in `CommandText.text` where a literal was; no octet is this character, so no client can send it. */
export const LITERAL_MARK = '\u0100'

export interface Literal {
  octets: string
  /** It came as literal8, `~{n}` (RFC 9051 §4.3, RFC 3516). */
  binary: boolean
}

/** A command's lines without their ends, `LITERAL_MARK` in place of each literal, and the literals in order. */
export interface CommandText {
  text: string
  literals: readonly Literal[]
}

export interface CommandLimits {
  /** A command's text: all its lines, literals not counted. After each message literal the count begins anew. */
  lineOctets: number
  /** All literals of one command that are kept in memory, together: every literal that is no message. */
  keptOctets: number
  /** One message literal of APPEND or REPLACE. */
  messageOctets: number
  /** A literal the client sends without waiting: 4096 under LITERAL- (RFC 7888 §5), Infinity under LITERAL+. */
  nonSynchronisingOctets: number
}

export const DEFAULT_LIMITS: CommandLimits = {
  lineOctets: 65_536,
  keptOctets: 65_536,
  messageOctets: 50 * 1024 * 1024,
  nonSynchronisingOctets: Number.POSITIVE_INFINITY,
}

export type CommandEvent =
  /** A whole command, or a line that answers a continuation request (DONE, SASL). */
  | { type: 'command'; command: CommandText }
  /** The client waits to send a literal that will be kept: write `+ ` and CRLF now. */
  | { type: 'continue' }
  /**
   * A message literal is announced; `command` is the text before it, since the last message of this command or, when
   * `first`, since its tag. Call `accept` (and write `+ ` when `synchronising`) or `refuse` before the next `next`.
   */
  | {
      type: 'message'
      command: CommandText
      first: boolean
      sizeOctets: number
      binary: boolean
      synchronising: boolean
    }
  /** Of the accepted message; a view into the chunk pushed. An empty message is one such event. */
  | { type: 'octets'; octets: Uint8Array; last: boolean }
  /** The end of a command that had messages; `command` is the text after the last. */
  | { type: 'end'; command: CommandText }
  /**
   * The command is beyond a limit and will be skipped: answer BAD, or NO [TOOBIG] to 'message'. Comes once, at once.
   * `octetsToCome` of its literal are skipped unseen; who does not want to carry them says BYE (RFC 7888 §4).
   */
  | {
      type: 'refused'
      limit: 'line' | 'literal' | 'message' | 'non-synchronising'
      tag: string | undefined
      octetsToCome: number
    }

type State = 'line' | 'kept' | 'announced' | 'message' | 'skip-literal' | 'skip-line'

interface Marker {
  /** Where in its line the marker begins. */
  at: number
  sizeOctets: number
  binary: boolean
  synchronising: boolean
}

const NOTHING = Buffer.alloc(0)
const CR = 0x0d
const LF = 0x0a
/** No size has more digits: 63 bits (RFC 9051 §9, number64). */
const MAX_DIGITS = 19
/** The longest marker, `~{` and 19 digits and `+}`, and a CR. */
const TAIL_OCTETS = MAX_DIGITS + 5

/** Feed it with `push` whenever `next` answers undefined, and only then: so it never holds more than a chunk and its limits. */
export class CommandReader {
  limits: CommandLimits
  private state: State = 'line'
  private chunk: Buffer = NOTHING
  private position = 0
  private readonly pending = new PendingOctets()
  private text = ''
  private literals: Literal[] = []
  private keptOctets = 0
  /** Of the literal being read or skipped. */
  private remainingOctets = 0
  private marker: Marker | undefined
  private hadMessage = false
  /** Which literals of this command are messages; told at its first, as looking again at each would be quadratic. */
  private messages: 'none' | 'all' | 'after the first' = 'none'
  private tag: string | undefined

  constructor(limits: Partial<CommandLimits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits }
  }

  push(chunk: Uint8Array): void {
    if (this.position < this.chunk.length) throw new Error('push before next() answered undefined')
    this.chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.position = 0
  }

  /** What follows in the octets pushed so far, or undefined: push more. */
  next(): CommandEvent | undefined {
    for (;;) {
      if (this.state === 'announced') throw new Error('accept() or refuse() the message first')
      if (this.state === 'message') return this.messageOctets()
      if (this.state !== 'line' && this.state !== 'skip-line' && this.remainingOctets === 0) {
        this.endLiteral()
        continue
      }
      if (this.position === this.chunk.length) {
        this.chunk = NOTHING // an idle connection keeps no chunk alive
        this.position = 0
        return undefined
      }
      const event =
        this.state === 'line'
          ? this.readLine()
          : this.state === 'skip-line'
            ? this.skipLine()
            : this.readLiteral(this.state === 'kept')
      if (event) return event
    }
  }

  /** Lets the announced message come, as 'octets'. */
  accept(): void {
    if (this.state !== 'announced') throw new Error('no message was announced')
    this.state = 'message'
    this.hadMessage = true
    this.text = ''
    this.literals = []
    this.keptOctets = 0
  }

  /** Ends the command here. What the client sends of it without having waited is skipped. */
  refuse(): void {
    if (this.state !== 'announced') throw new Error('no message was announced')
    this.skip(this.marker!)
  }

  /** Takes the octets pushed and not yet read: after STARTTLS they are forgotten, after COMPRESS they are deflated. */
  takeRest(): Uint8Array {
    const rest = this.chunk.subarray(this.position)
    this.chunk = NOTHING
    this.position = 0
    return rest
  }

  private readLine(): CommandEvent | undefined {
    const end = this.chunk.indexOf(LF, this.position)
    const stop = end < 0 ? this.chunk.length : end
    const room = this.limits.lineOctets - this.text.length
    const length = this.pending.length + stop - this.position
    const lastOctet = stop > this.position ? this.chunk[stop - 1] : this.pending.last
    if (length - (lastOctet === CR ? 1 : 0) > room) return this.lineTooLong()
    if (end < 0) {
      this.pending.append(this.chunk.subarray(this.position))
      this.position = stop
      return undefined
    }
    let line = this.pending.take(this.chunk.subarray(this.position, stop))
    this.position = end + 1
    if (line.endsWith('\r')) line = line.slice(0, -1)
    const marker = findMarker(line)
    if (marker) return this.startLiteral(line.slice(0, marker.at), marker)
    const command = { text: this.text + line, literals: this.literals }
    const type = this.hadMessage ? 'end' : 'command'
    this.reset()
    return { type, command }
  }

  private lineTooLong(): CommandEvent {
    // The tag is at the front of what is here whatever the chunks: as much as the limit lets in, which is far above a tag's length.
    const octets = Math.min(256, this.limits.lineOctets)
    const front = this.pending.peek(this.chunk.subarray(this.position, this.position + octets), octets)
    const tag = this.tag ?? tagOf(this.text + front)
    this.state = 'skip-line'
    this.pending.keepTail(TAIL_OCTETS)
    return { type: 'refused', limit: 'line', tag, octetsToCome: 0 }
  }

  private startLiteral(line: string, marker: Marker): CommandEvent | undefined {
    this.text += line
    if (this.literals.length === 0 && !this.hadMessage) {
      this.tag = tagOf(this.text)
      this.messages = messageLiterals(this.text)
    } else if (this.messages === 'after the first') this.messages = 'all'
    const isMessage = this.messages === 'all'
    const limit = isMessage ? this.limits.messageOctets : this.limits.keptOctets - this.keptOctets
    const tooLong = marker.sizeOctets > limit
    if (tooLong || (!marker.synchronising && marker.sizeOctets > this.limits.nonSynchronisingOctets)) {
      const octetsToCome = marker.synchronising ? 0 : marker.sizeOctets
      const tag = this.tag
      this.skip(marker)
      return {
        type: 'refused',
        limit: tooLong ? (isMessage ? 'message' : 'literal') : 'non-synchronising',
        tag,
        octetsToCome,
      }
    }
    this.marker = marker
    this.remainingOctets = marker.sizeOctets
    if (isMessage) {
      this.state = 'announced'
      const command = { text: this.text, literals: this.literals }
      const { sizeOctets, binary, synchronising } = marker
      return { type: 'message', command, first: !this.hadMessage, sizeOctets, binary, synchronising }
    }
    this.text += LITERAL_MARK
    this.keptOctets += marker.sizeOctets
    this.state = 'kept'
    return marker.synchronising ? { type: 'continue' } : undefined
  }

  private readLiteral(keep: boolean): undefined {
    const octets = this.takeLiteralOctets()
    if (!keep) return
    if (this.remainingOctets > 0) this.pending.append(octets)
    else this.literals.push({ octets: this.pending.take(octets), binary: this.marker!.binary })
    if (this.remainingOctets === 0) this.state = 'line'
  }

  /** Reached with nothing left of a literal before anything was read of it, or after skipping it. */
  private endLiteral(): void {
    if (this.state === 'kept') this.literals.push({ octets: '', binary: this.marker!.binary })
    this.state = this.state === 'kept' ? 'line' : 'skip-line'
  }

  private messageOctets(): CommandEvent | undefined {
    if (this.remainingOctets > 0 && this.position === this.chunk.length) return undefined
    const octets = this.takeLiteralOctets()
    const last = this.remainingOctets === 0
    if (last) this.state = 'line'
    return { type: 'octets', octets, last }
  }

  private takeLiteralOctets(): Buffer {
    const octets = this.chunk.subarray(this.position, this.position + Math.min(this.remainingOctets, this.chunk.length))
    this.position += octets.length
    this.remainingOctets -= octets.length
    return octets
  }

  private skip(marker: Marker): void {
    this.reset()
    // A client that waits reads our answer instead of `+` and goes on with its next command (RFC 9051 §4.3).
    if (marker.synchronising) return
    this.state = 'skip-literal'
    this.remainingOctets = marker.sizeOctets
  }

  private skipLine(): undefined {
    const end = this.chunk.indexOf(LF, this.position)
    const stop = end < 0 ? this.chunk.length : end
    this.pending.append(this.chunk.subarray(Math.max(this.position, stop - TAIL_OCTETS), stop))
    this.pending.keepTail(TAIL_OCTETS)
    this.position = end < 0 ? stop : end + 1
    if (end < 0) return
    let tail = this.pending.take(NOTHING)
    if (tail.endsWith('\r')) tail = tail.slice(0, -1)
    const marker = findMarker(tail)
    if (marker) this.skip(marker)
    else this.reset()
  }

  private reset(): void {
    this.state = 'line'
    this.text = ''
    this.literals = []
    this.keptOctets = 0
    this.remainingOctets = 0
    this.marker = undefined
    this.hadMessage = false
    this.messages = 'none'
    this.tag = undefined
    this.pending.clear()
  }
}

/** Octets of a line or literal that came in pieces; holds no memory while empty. */
class PendingOctets {
  length = 0
  private buffer: Buffer | undefined

  get last(): number | undefined {
    return this.length > 0 ? this.buffer![this.length - 1] : undefined
  }

  append(octets: Buffer): void {
    if (octets.length === 0) return
    const needed = this.length + octets.length
    if (needed > (this.buffer?.length ?? 0)) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, needed, this.length * 2))
      this.buffer?.copy(larger, 0, 0, this.length)
      this.buffer = larger
    }
    octets.copy(this.buffer!, this.length)
    this.length = needed
  }

  /** All that is held and then `octets`, as a binary string; empty afterwards. */
  take(octets: Buffer): string {
    const text =
      this.length > 0
        ? this.buffer!.toString('latin1', 0, this.length) + octets.toString('latin1')
        : octets.toString('latin1')
    this.clear()
    return text
  }

  /** The first `count` of what `take` would answer. */
  peek(octets: Buffer, count: number): string {
    const held = this.buffer?.toString('latin1', 0, Math.min(this.length, count)) ?? ''
    return (held + octets.toString('latin1')).slice(0, count)
  }

  keepTail(count: number): void {
    if (this.length <= count) return
    this.buffer = Buffer.from(this.buffer!.subarray(this.length - count, this.length))
    this.length = count
  }

  clear(): void {
    this.length = 0
    this.buffer = undefined
  }
}

/** The literal announced at the end of a line: `{n}`, `{n+}`, `~{n}`, `~{n+}` (RFC 9051 §9, literal and literal8). */
function findMarker(line: string): Marker | undefined {
  let at = line.length - 1
  if (line[at] !== '}') return undefined
  const synchronising = line[at - 1] !== '+'
  const digitsEnd = synchronising ? at : at - 1
  at = digitsEnd
  while (at > 0 && isDigit(line.charCodeAt(at - 1))) at--
  const digits = line.slice(at, digitsEnd)
  if (digits.length === 0 || digits.length > MAX_DIGITS || line[at - 1] !== '{') return undefined
  const binary = line[at - 2] === '~'
  return { at: at - (binary ? 2 : 1), sizeOctets: Number(digits), binary, synchronising }
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39
}

/** The tag at the front of a command's text, if one is there (RFC 9051 §9, tag). */
export function tagOf(text: string): string | undefined {
  return /^[!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]{1,128}(?= )/.exec(text)?.[0]
}

/** How many words stand before the mailbox, which may be a literal itself; a literal after it is a message. */
const WORDS_BEFORE_MAILBOX: Record<string, number> = { APPEND: 2, REPLACE: 3, 'UID REPLACE': 4 }

/** By the text before a command's first literal. */
function messageLiterals(text: string): 'none' | 'all' | 'after the first' {
  const words = text.split(' ', 6)
  const first = words[1]?.toUpperCase() ?? ''
  const name = first === 'UID' ? `UID ${words[2]?.toUpperCase()}` : first
  const before = Object.hasOwn(WORDS_BEFORE_MAILBOX, name) ? WORDS_BEFORE_MAILBOX[name] : undefined
  if (before === undefined) return 'none'
  return words.length > before + 1 ? 'all' : 'after the first'
}
