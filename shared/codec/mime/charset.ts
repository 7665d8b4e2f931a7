/** Octets in any charset as text. What nobody knows is read as Latin-1: some text is better than none, and no error. */
import { isAscii } from 'node:buffer'
import { TextDecoder } from 'node:util'
import iconv from 'iconv-lite'
import { HYPHEN } from './octets.ts'

export interface TextStream {
  write(octets: Uint8Array): string
  /** What was held back, as incomplete characters are; the stream is over. */
  end(): string
}

/** Labels that mail uses and the Encoding Standard lists otherwise or not at all. */
const ALIASES: Readonly<Record<string, string>> = {
  'unicode-1-1-utf-7': 'utf-7',
  utf8mb4: 'utf-8',
  'utf-8-mac': 'utf-8',
  ansi: 'windows-1252',
  'cp-850': 'cp850',
  default: 'utf-8', // what broken senders put where a name belongs, as are the next two
  unknown: 'utf-8',
  'unknown-8bit': 'utf-8',
}

function textDecoder(label: string): TextStream | undefined {
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(label)
  } catch {
    return undefined // no such label: the caller goes on to the next library
  }
  return { write: (octets) => decoder.decode(octets, { stream: true }), end: () => decoder.decode() }
}

function iconvDecoder(label: string): TextStream | undefined {
  // "base64" and the like are encodings to iconv-lite, not charsets.
  if (['base64', 'hex', 'binary'].includes(label) || !iconv.encodingExists(label)) return undefined
  const decoder = iconv.getDecoder(label)
  const stream: TextStream = {
    write: (octets) => decoder.write(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)),
    end: () => decoder.end() ?? '',
  }
  return label.replace('-', '') === 'utf7' ? neverBeginningWithHyphen(stream) : stream
}

/** iconv-lite 0.7.3 takes a chunk that begins with the "-" that ends a run of UTF-7 for a "+": the "-" goes with the run. */
function neverBeginningWithHyphen(stream: TextStream): TextStream {
  let held = Buffer.alloc(0)
  return {
    write(octets) {
      const all = Buffer.concat([held, octets])
      let cut = Math.max(0, all.length - 1)
      // After another hyphen it ends no run, so that no more than two octets are ever held.
      if (cut > 0 && all[cut] === HYPHEN && all[cut - 1] !== HYPHEN) cut--
      held = all.subarray(cut)
      return stream.write(all.subarray(0, cut))
    },
    end: () => stream.write(held) + stream.end(),
  }
}

function latin1Decoder(): TextStream {
  return {
    write: (octets) => Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1'),
    end: () => '',
  }
}

/**
 * US-ASCII with octets above 127 is UTF-8 in today's mail, or else windows-1252, as it is for browsers. Which of the two
 * is decided by the first octets that are not ASCII, so that a stream needs to hold back no more than one character.
 */
function asciiDecoder(): TextStream {
  let chosen: TextStream | undefined
  let held = Buffer.alloc(0)
  const choose = (octets: Uint8Array, over: boolean): string => {
    const all = Buffer.concat([held, octets])
    const first = isAscii(all) ? -1 : all.findIndex((octet) => octet > 127)
    if (first === -1) {
      held = Buffer.alloc(0)
      return all.toString('latin1')
    }
    const sequence = all.subarray(first, first + 4)
    if (!over && sequence.length < 4) {
      held = Buffer.from(sequence)
      return all.toString('latin1', 0, first)
    }
    held = Buffer.alloc(0)
    chosen = textDecoder(beginsWithUtf8(sequence) ? 'utf-8' : 'windows-1252')!
    return chosen.write(all)
  }
  return {
    write: (octets) => (chosen === undefined ? choose(octets, false) : chosen.write(octets)),
    end: () => (chosen === undefined && held.length > 0 ? choose(Buffer.alloc(0), true) : '') + (chosen?.end() ?? ''),
  }
}

function beginsWithUtf8(octets: Uint8Array): boolean {
  const lead = octets[0]!
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0
  if (length === 0 || lead >= 0xf5 || octets.length < length) return false
  return octets.subarray(1, length).every((octet) => octet >= 0x80 && octet < 0xc0)
}

/** A decoder for a charset name as mail gives it (RFC 2045 §5.1, any case); '' means US-ASCII. */
export function charsetDecoder(charset: string): TextStream {
  const name = charset.trim().toLowerCase()
  const label = ALIASES[name] ?? name
  if (label === '' || label === 'us-ascii' || label === 'ascii') return asciiDecoder()
  return textDecoder(label) ?? iconvDecoder(label) ?? latin1Decoder()
}

/** Octets at hand whole. */
export function decodeCharset(octets: Uint8Array, charset: string): string {
  const decoder = charsetDecoder(charset)
  return decoder.write(octets) + decoder.end()
}
