/**
 * The structure of a message in one pass over its octets, in chunks of any size: what ENVELOPE, BODYSTRUCTURE and sections
 * are answered from later. Bodies are searched natively for the next line that may be a boundary and never kept.
 */
import { isAscii } from 'node:buffer'
import { trimWhiteSpace } from './binary-string.ts'
import { entityHeader } from './entity-header.ts'
import { envelopeOf } from './envelope.ts'
import { fieldsByName, parseHeader, unfoldedValue } from './header.ts'
import { keptHeaderFields } from './header-fields.ts'
import { messageIds } from './message-ids.ts'
import { asBuffer, CR, countLineFeeds, HYPHEN, LF } from './octets.ts'
import { BOUNDARY_LINE_OCTETS, type BoundaryLine, OpenBoundaries } from './open-boundaries.ts'
import { parameterValue } from './parameters.ts'
import type { ImapEnvelope, MimePart, ScannedMessage } from './structure-types.ts'

export interface ScanLimits {
  /** Entities inside each other, the message itself included: deeper ones stay their parent's octets. */
  levels: number
  /** Entities in all: what comes after the last stays octets of its multipart. */
  parts: number
  /** Of one header block; the fields that are whole within it are read. */
  headerOctets: number
  /** Of all header blocks together; no part begins once they are used up. Bounds the memory and the result. */
  allHeaderOctets: number
  /** Of `headerFields`. */
  keptFieldOctets: number
}

export const SCAN_LIMITS: ScanLimits = {
  levels: 100,
  parts: 10_000,
  headerOctets: 256 * 1024,
  allHeaderOctets: 4 * 1024 * 1024,
  keptFieldOctets: 2048,
}

/** An entity whose end has not been seen. */
interface OpenPart {
  part: MimePart
  /** LFs before its body, where its lines are counted. */
  lineFeedsBefore: number
  inDigest: boolean
  /** Set for a message inside a message: where its envelope goes. */
  holder: MimePart | undefined
}

/** Encodings under which a body's octets are the content itself; one nobody knows is taken for one of them. */
const isEncoded = (encoding: string) => encoding === 'base64' || encoding === 'quoted-printable'

const NO_OCTETS = Buffer.alloc(0)
const NO_ENVELOPE: ImapEnvelope = envelopeOf(new Uint8Array(), new Map())

/** Feed it with `write`, then ask `end` once. Never throws, whatever the octets are. */
export class StructureScanner {
  #limits: ScanLimits
  #open: OpenPart[] = []
  #boundaries = new OpenBoundaries()
  #parts = 0
  #truncated = false
  #eightBit = false
  #eightBitHeader = false
  #root: MimePart
  #rootHeader: Uint8Array = new Uint8Array()
  #envelope: ImapEnvelope = NO_ENVELOPE
  #references: string | null = null

  /** Octets of the chunk being scanned; #at is the next one, at #offset of the message. */
  #chunk: Buffer = NO_OCTETS
  #at = 0
  #offset = 0
  /** Octets held back because the next chunk decides what they are. */
  #held: Buffer | undefined

  #inHeader = true
  /** The next octet begins a line. */
  #atLineStart = true
  /** Octets of the last line's ending: 1, or 2 if a CR stood before the LF. */
  #lineEnding = 0
  /** The octet before #at, as its chunk may be gone. */
  #previous = 0
  #lineFeeds = 0
  /** Open parts whose lines are counted. */
  #counting = 0
  #headerPieces: Buffer[] = []
  #headerLength = 0
  #allHeaderOctets = 0

  constructor(limits: Partial<ScanLimits> = {}) {
    this.#limits = { ...SCAN_LIMITS, ...limits }
    this.#root = this.#begin(false, undefined)
  }

  /** Takes the next octets of the message. They are not kept beyond the call, save a copy of a line's beginning. */
  write(chunk: Uint8Array): void {
    if (!this.#eightBit && !isAscii(chunk)) this.#eightBit = true
    const held = this.#held
    this.#held = undefined
    this.#chunk = asBuffer(chunk)
    this.#at = 0
    if (held !== undefined) {
      // Joined to as many octets as decide what they are, not to the whole chunk: what is held is at most one short line.
      const beginning = this.#chunk.subarray(0, 2 * BOUNDARY_LINE_OCTETS)
      this.#chunk = Buffer.concat([held, beginning])
      this.#scan(false)
      if (beginning.length < chunk.length) {
        this.#chunk = asBuffer(chunk)
        this.#at -= held.length
      }
    }
    this.#scan(false)
    if (this.#at < this.#chunk.length) this.#held = Buffer.from(this.#chunk.subarray(this.#at))
    this.#chunk = NO_OCTETS
  }

  /** What was found. The message is over: what is open ends here. */
  end(): ScannedMessage {
    this.#chunk = this.#held ?? NO_OCTETS
    this.#held = undefined
    this.#at = 0
    this.#scan(true)
    while (this.#inHeader) this.#endHeader()
    this.#close(0, this.#offset, 0)
    const fields = keptHeaderFields(this.#rootHeader, this.#limits.keptFieldOctets)
    return {
      envelope: this.#envelope,
      root: this.#root,
      sizeOctets: this.#offset,
      headerFields: fields.octets,
      headerFieldsMissing: fields.missing,
      messageIds: messageIds(this.#envelope.messageId, this.#envelope.inReplyTo, this.#references),
      eightBitHeader: this.#eightBitHeader,
      eightBit: this.#eightBit,
      truncated: this.#truncated,
    }
  }

  #scan(atEnd: boolean): void {
    while (this.#at < this.#chunk.length) {
      const went = this.#inHeader ? this.#scanHeader(atEnd) : this.#scanBody(atEnd)
      if (!went) return
    }
  }

  /**
   * A header's lines, up to its end or the chunk's. False: more octets are needed to tell what the last line is. Octet by
   * octet, as headers are short, and one of many short lines would make millions of native searches.
   */
  #scanHeader(atEnd: boolean): boolean {
    const chunk = this.#chunk
    const from = this.#at
    let lineStart = this.#atLineStart ? from : -1
    for (let at = from; at < chunk.length; at++) {
      if (chunk[at] !== LF) continue
      if (lineStart !== -1) {
        if (at === lineStart || (at === lineStart + 1 && chunk[lineStart] === CR)) {
          this.#passHeader(at + 1)
          this.#endHeader()
          return true
        }
        if (this.#headerCutBy(lineStart, at)) return true
      }
      lineStart = at + 1
    }
    if (lineStart !== -1 && lineStart < chunk.length) {
      if (!atEnd && chunk.length - lineStart <= BOUNDARY_LINE_OCTETS) {
        this.#passHeader(lineStart)
        return false
      }
      if (this.#headerCutBy(lineStart, chunk.length)) return true
    }
    this.#passHeader(chunk.length)
    return true
  }

  /** Whether the line is a boundary line; a header that it cuts short keeps the ending of its last line, having no body. */
  #headerCutBy(lineStart: number, lineEnd: number): boolean {
    if (this.#chunk[lineStart] !== HYPHEN) return false
    const boundary = this.#boundaries.match(this.#chunk, lineStart, lineEnd)
    if (boundary === undefined) return false
    this.#passHeader(lineStart)
    while (this.#inHeader) this.#endHeader()
    this.#passBoundary(boundary)
    return true
  }

  #passHeader(to: number): void {
    this.#keepHeader(this.#at, to)
    this.#consumeTo(to)
  }

  /** A stretch of a body, up to the next line that may be a boundary line. False: more octets are needed. */
  #scanBody(atEnd: boolean): boolean {
    const needle = this.#boundaries.needle
    const chunk = this.#chunk
    if (needle === undefined) {
      this.#consumeTo(chunk.length)
      return true
    }
    if (this.#atLineStart) {
      const from = this.#at
      if (!this.#mayBeBoundary(from)) {
        this.#atLineStart = false
        return true
      }
      const lf = chunk.indexOf(LF, from)
      if (lf === -1 && !atEnd && chunk.length - from <= BOUNDARY_LINE_OCTETS) return false
      const boundary = this.#boundaries.match(chunk, from, lf === -1 ? chunk.length : lf)
      if (boundary === undefined) this.#atLineStart = false
      else this.#passBoundary(boundary)
      return true
    }
    const found = chunk.indexOf(needle, this.#at)
    if (found !== -1) {
      this.#consumeTo(found + 1)
      return true
    }
    this.#consumeTo(atEnd ? chunk.length : this.#heldFrom(needle))
    return false
  }

  /** False as soon as the octets at hand tell it is not: the line does not begin with two hyphens. */
  #mayBeBoundary(from: number): boolean {
    if (this.#chunk[from] !== HYPHEN) return false
    return from + 1 >= this.#chunk.length || this.#chunk[from + 1] === HYPHEN
  }

  /** Where a needle may have begun that the next chunk completes; the chunk's end if none has. */
  #heldFrom(needle: Buffer): number {
    const chunk = this.#chunk
    const from = Math.max(this.#at, chunk.length - needle.length + 1)
    const found = chunk.subarray(from).lastIndexOf(LF)
    if (found === -1) return chunk.length
    const lf = from + found
    return chunk.compare(needle, 0, chunk.length - lf, lf) === 0 ? lf : chunk.length
  }

  /** Passes over the octets up to `to`. */
  #consumeTo(to: number): void {
    const from = this.#at
    if (to === from) return
    if (this.#counting > 0) this.#lineFeeds += countLineFeeds(this.#chunk, from, to)
    this.#atLineStart = this.#chunk[to - 1] === LF
    if (this.#atLineStart) {
      const before = to - from > 1 ? this.#chunk[to - 2] : this.#previous
      this.#lineEnding = before === CR ? 2 : 1
    }
    this.#previous = this.#chunk[to - 1]!
    this.#offset += to - from
    this.#at = to
  }

  #keepHeader(from: number, to: number): void {
    const octets = this.#chunk.subarray(from, to)
    if (this.#eightBit && !this.#eightBitHeader && !isAscii(octets)) this.#eightBitHeader = true
    const { headerOctets, allHeaderOctets } = this.#limits
    const left = Math.min(headerOctets - this.#headerLength, allHeaderOctets - this.#allHeaderOctets)
    const kept = Math.max(0, Math.min(to - from, left))
    if (kept < to - from) this.#truncated = true
    if (kept === 0) return
    this.#headerPieces.push(Buffer.from(octets.subarray(0, kept)))
    this.#headerLength += kept
    this.#allHeaderOctets += kept
  }

  /** An entity begins here, with its header. */
  #begin(inDigest: boolean, holder: MimePart | undefined): MimePart {
    const here = this.#offset
    const part: MimePart = {
      header: { offset: here, length: 0 },
      body: { offset: here, length: 0 },
      type: 'text',
      subtype: 'plain',
      parameters: [],
      encoding: '7bit',
    }
    this.#open.push({ part, lineFeedsBefore: 0, inDigest, holder })
    this.#parts++
    this.#inHeader = true
    this.#headerPieces = []
    this.#headerLength = 0
    return part
  }

  #mayBegin(): boolean {
    if (this.#parts < this.#limits.parts && this.#allHeaderOctets < this.#limits.allHeaderOctets) return true
    this.#truncated = true
    return false
  }

  /** The innermost entity's body begins here: what its header says decides how it is read. */
  #endHeader(): void {
    const opened = this.#open.at(-1)!
    const { part, holder, inDigest } = opened
    const block = Buffer.concat(this.#headerPieces)
    this.#headerPieces = []
    this.#inHeader = false
    part.header.length = this.#offset - part.header.offset
    part.body.offset = this.#offset
    const fields = parseHeader(block)
    if (block.length < part.header.length) fields.pop() // the one that the limit cut
    const byName = fieldsByName(fields)
    Object.assign(part, entityHeader(block, byName, inDigest))
    if (holder !== undefined) holder.message = { envelope: envelopeOf(block, byName), part }
    else if (this.#open.length === 1) {
      this.#envelope = envelopeOf(block, byName)
      this.#rootHeader = block
      const references = byName.get('references')?.[0]
      if (references !== undefined) this.#references = unfoldedValue(block, references)
    }
    const isMessage = part.type === 'message' && (part.subtype === 'rfc822' || part.subtype === 'global')
    if (part.type === 'text' || isMessage) {
      part.lines = 0
      opened.lineFeedsBefore = this.#lineFeeds
      this.#counting++
    }
    if (part.type === 'multipart') this.#openMultipart(part)
    else if (isMessage && !isEncoded(part.encoding) && this.#mayNest() && this.#mayBegin()) this.#begin(false, part)
  }

  #mayNest(): boolean {
    if (this.#open.length < this.#limits.levels) return true
    this.#truncated = true
    return false
  }

  /** Whatever its Content-Transfer-Encoding says: mailers that label a multipart base64 do not encode it (RFC 2045 §6.4). */
  #openMultipart(part: MimePart): void {
    if (!this.#mayNest()) return
    part.children = []
    const boundary = trimWhiteSpace(parameterValue(part.parameters, 'boundary') ?? '')
    // One that fits in no boundary line has none (BOUNDARY_LINE_OCTETS), and would only lengthen what is searched for.
    const fits = boundary !== '' && boundary.length <= BOUNDARY_LINE_OCTETS - 2
    if (fits) this.#boundaries.open(boundary, this.#open.length - 1)
  }

  /** At the start of a boundary line: what is inside its multipart ends, and the next part or the epilogue begins. */
  #passBoundary({ level, closes }: BoundaryLine): void {
    // The line ending before a boundary line belongs to it (RFC 2046 §5.1.1).
    this.#close(level + 1, this.#offset - this.#lineEnding, 1)
    const lf = this.#chunk.indexOf(LF, this.#at)
    this.#consumeTo(lf === -1 ? this.#chunk.length : lf + 1)
    if (closes || !this.#mayBegin()) {
      this.#boundaries.closeFrom(level)
      return
    }
    this.#boundaries.closeFrom(level + 1)
    const { part } = this.#open[level]!
    part.children!.push(this.#begin(part.subtype === 'digest', undefined))
  }

  /** Ends the open entities from `level` inwards at octet `end`, which `lineFeeds` LFs seen so far are not before. */
  #close(level: number, end: number, lineFeeds: number): void {
    for (const { part, lineFeedsBefore } of this.#open.splice(level)) {
      part.body.length = Math.max(0, end - part.body.offset)
      if (part.lines === undefined) continue
      part.lines = Math.max(0, this.#lineFeeds - lineFeedsBefore - lineFeeds)
      this.#counting--
    }
  }
}

/** The structure of a message that is at hand whole. */
export function scanMessage(octets: Uint8Array, limits: Partial<ScanLimits> = {}): ScannedMessage {
  const scanner = new StructureScanner(limits)
  scanner.write(octets)
  return scanner.end()
}
