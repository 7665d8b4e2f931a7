/** Octets in any charset as text. What nobody knows is read as Latin-1: some text is better than none, and no error. */
import { isAscii } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { singleByteTable } from './single-byte-charset.ts'
import { Utf7Decoder } from './utf-7-decoder.ts'
import { Utf32Decoder } from './utf-32-decoder.ts'

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
  'x-mac-ce': 'maccenteuro',
  cesu8: 'utf-8',
  'cesu-8': 'utf-8',
  default: 'utf-8', // what broken senders put where a name belongs, as are the next two
  unknown: 'utf-8',
  'unknown-8bit': 'utf-8',
}

/** Names of code pages, without what stands between their letters and digits, by the label that stands for them. */
const CODE_PAGES: Readonly<Record<string, readonly string[]>> = {
  shift_jis: [
    'cp932',
    'ms932',
    'windows932',
    'ibm943',
    'mskanji',
    'windows31j',
    'ms31j',
    'sjis',
    'shiftjis',
    'xsjis',
    '932',
  ],
  'euc-jp': ['eucjp', 'ujis'],
  gbk: ['cp936', 'ms936', 'windows936', 'euccn', 'gb231280', 'gb23121980', 'gb2312', 'xgbk', 'isoir58', '936'],
  'euc-kr': [
    'cp949',
    'ms949',
    'windows949',
    'uhc',
    'ksc56011987',
    'ksc56011989',
    'ksc5601',
    'euckr',
    'isoir149',
    '949',
  ],
  big5: ['cp950', 'ms950', 'windows950', 'cnbig5', 'xxbig5', 'big5hkscs', 'big5eten', '950'],
  'utf-16le': ['utf16le', 'utf16', 'ucs2', 'ucs2le'],
  'utf-16be': ['utf16be', 'ucs2be'],
}
const LABELS = new Map(Object.entries(CODE_PAGES).flatMap(([label, names]) => names.map((name) => [name, label])))

function textDecoder(label: string): TextStream | undefined {
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(label)
  } catch {
    return undefined // no such label: the caller goes on to the next library
  }
  return { write: (octets) => decoder.decode(octets, { stream: true }), end: () => decoder.decode() }
}

/** Charsets that the Encoding Standard does not list. */
function otherDecoder(label: string): TextStream | undefined {
  switch (label.replace(/[^a-z0-9]/g, '')) {
    case 'utf7':
      return new Utf7Decoder()
    case 'utf32':
    case 'ucs4':
      return new Utf32Decoder(undefined)
    case 'utf32le':
    case 'ucs4le':
      return new Utf32Decoder('little')
    case 'utf32be':
    case 'ucs4be':
      return new Utf32Decoder('big')
  }
  const table = singleByteTable(label)
  return table === undefined ? undefined : { write: (octets) => mapped(octets, table), end: () => '' }
}

function mapped(octets: Uint8Array, table: string): string {
  let text = ''
  for (const octet of octets) text += table[octet]
  return text
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
  return knownDecoder(charset) ?? latin1Decoder()
}

/** Whether its octets are read as what they are, and not as Latin-1 for want of better. */
export function isKnownCharset(charset: string): boolean {
  return knownDecoder(charset) !== undefined
}

function knownDecoder(charset: string): TextStream | undefined {
  const name = charset.trim().toLowerCase()
  const label =
    (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined) ?? LABELS.get(name.replace(/[^a-z0-9]/g, '')) ?? name
  if (label === '' || label === 'us-ascii' || label === 'ascii') return asciiDecoder()
  return textDecoder(label) ?? otherDecoder(label)
}

/** Octets at hand whole. */
export function decodeCharset(octets: Uint8Array, charset: string): string {
  const decoder = charsetDecoder(charset)
  return decoder.write(octets) + decoder.end()
}
