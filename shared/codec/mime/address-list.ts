/**
 * Address lists (RFC 5322 §3.4 with the obsolete forms of §4.4) as ENVELOPE tells them. Garbage yields what can be read of
 * it, never an error, in one pass over the value.
 */
import { trimWhiteSpace } from './binary-string.ts'
import type { ImapAddress } from './structure-types.ts'

interface Word {
  kind: 'atom' | 'quoted' | 'at'
  text: string
  /** White space or a comment stands before it. */
  apart: boolean
}

const SPECIAL = new Set(['"', '(', ')', '<', '>', '@', ',', ';', ':', '[', ' ', '\t', '\r', '\n'])
const GROUP_END: ImapAddress = { name: null, adl: null, mailbox: null, host: null }

/**
 * The end of a quoted string, comment or domain literal that opens at `at`: the place after its close, or -1 without one.
 * Comments nest; backslash quotes the next octet in all three.
 */
function closing(value: string, at: number, open: string, close: string, nests: boolean): number {
  let depth = 0
  for (let i = at; i < value.length; i++) {
    const char = value[i]
    if (char === '\\') i++
    else if (i > at && char === close && --depth === 0) return i + 1
    else if (char === open && (nests || i === at)) depth++
  }
  return -1
}

/** Quoted-pairs undone (RFC 5322 §3.2.1). */
function unquote(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, '$1').replace(/\\$/, '') : text
}

function phraseOf(words: readonly Word[]): string | null {
  let phrase = ''
  for (const word of words) phrase += (word.apart && phrase !== '' ? ' ' : '') + word.text
  return phrase === '' ? null : phrase
}

/** Words that belong together: side by side, or with a dot between them (obs-local-part, obs-domain). */
function adjoins(left: Word, right: Word): boolean {
  return !right.apart || left.text.endsWith('.') || right.text.startsWith('.')
}

const textOf = (words: readonly Word[]): string => words.map((word) => word.text).join('')

/** Splits the words of an addr-spec at its last "@"; words before it that do not adjoin are a name without brackets. */
function addrSpec(words: readonly Word[]): { before: Word[]; mailbox: string; host: string } {
  const at = words.findLastIndex((word) => word.kind === 'at')
  if (at === -1) return { before: [], mailbox: phraseOf(words) ?? '', host: '' }
  let start = at
  // "a . b @ c" is legal though obsolete, so the word before the "@" belongs to it whatever stands between.
  while (start > 0 && (start === at || adjoins(words[start - 1]!, words[start]!))) start--
  let end = at + 1
  while (end < words.length && (end === at + 1 || adjoins(words[end - 1]!, words[end]!))) end++
  return {
    before: words.slice(0, start),
    mailbox: textOf(words.slice(start, at)),
    host: textOf(words.slice(at + 1, end)),
  }
}

class AddressListParser {
  readonly addresses: ImapAddress[] = []
  #value: string
  #at = 0
  #words: Word[] = []
  #comment: string | null = null
  #apart = false
  #sawAt = false
  #inGroup = false
  /** No close was found once, so there is none further on: the character is text from then on, and time stays linear. */
  #unclosed = new Set<string>()

  constructor(value: string) {
    this.#value = value
  }

  parse(): ImapAddress[] {
    while (this.#at < this.#value.length) {
      const char = this.#value[this.#at]!
      if (char === ',') this.#separator()
      else if (char === ';') this.#groupEnd()
      else if (char === ':') this.#groupStart()
      else if (char === '<') this.#angleAddress()
      else this.#word()
    }
    this.#bareAddress()
    if (this.#inGroup) this.addresses.push({ ...GROUP_END })
    return this.addresses
  }

  #separator(): void {
    this.#bareAddress()
    this.#at++
  }

  #groupEnd(): void {
    // Outside a group ";" is what Outlook users type between addresses: it separates.
    this.#separator()
    if (this.#inGroup) this.addresses.push({ ...GROUP_END })
    this.#inGroup = false
  }

  #groupStart(): void {
    const isGroup = !this.#inGroup && this.#words.length > 0 && !this.#sawAt
    if (!isGroup) {
      this.#take('atom', ':', this.#at + 1)
      return
    }
    this.addresses.push({ name: null, adl: null, mailbox: phraseOf(this.#words) ?? '', host: null })
    this.#inGroup = true
    this.#at++
    this.#reset()
  }

  #reset(): void {
    this.#words = []
    this.#comment = null
    this.#apart = false
    this.#sawAt = false
  }

  /** What is collected up to a separator, as an address without angle brackets: addr-spec, with its comment for a name. */
  #bareAddress(): void {
    if (this.#words.length > 0) {
      const { before, mailbox, host } = addrSpec(this.#words)
      this.addresses.push({ name: phraseOf(before) ?? this.#comment, adl: null, mailbox, host })
    }
    this.#reset()
  }

  /** [phrase] "<" [route ":"] addr-spec ">", and then whatever stands before the next separator is passed over. */
  #angleAddress(): void {
    const name = phraseOf(this.#words)
    this.#words = []
    this.#at++
    let adl: string | null = null
    while (this.#at < this.#value.length && this.#value[this.#at] !== '>') {
      const char = this.#value[this.#at]!
      if (char === ':' && adl === null && this.#words[0]?.kind === 'at') {
        adl = textOf(this.#words)
        this.#words = []
        this.#at++
      } else if ((char === ',' && this.#words[0]?.kind !== 'at') || char === ';')
        break // never closed
      else if (char === '<') {
        this.#words = [] // "<<a@b>>": the innermost bracket has the address
        this.#at++
      } else if (char === ',' || char === ':') this.#take('atom', char, this.#at + 1)
      else this.#word()
    }
    const { mailbox, host } = addrSpec(this.#words)
    this.#words = []
    while (this.#at < this.#value.length && !',;'.includes(this.#value[this.#at]!)) {
      if (this.#value[this.#at] === '<') this.#at++
      else this.#word()
    }
    this.addresses.push({ name: name ?? this.#comment, adl, mailbox, host })
    this.#reset()
  }

  #take(kind: Word['kind'], text: string, end: number): void {
    this.#words.push({ kind, text, apart: this.#apart })
    if (kind === 'at') this.#sawAt = true
    this.#apart = false
    this.#at = end
  }

  /** One word, comment, or run of white space; a closing bracket of nothing is an atom. */
  #word(): void {
    const value = this.#value
    const start = this.#at
    const char = value[start]!
    if (char === ' ' || char === '\t' || char === '\r' || char === '\n') {
      this.#apart = true
      this.#at++
    } else if (char === '@') this.#take('at', '@', start + 1)
    else if (char === '"') this.#delimited('"', '"', false)
    else if (char === '(') this.#delimited('(', ')', true)
    else if (char === '[') this.#delimited('[', ']', false)
    else {
      let end = start + 1
      while (end < value.length && !SPECIAL.has(value[end]!)) end++
      this.#take('atom', value.slice(start, end), end)
    }
  }

  #delimited(open: string, close: string, nests: boolean): void {
    const start = this.#at
    const end = this.#unclosed.has(open) ? -1 : closing(this.#value, start, open, close, nests)
    if (end === -1) {
      this.#unclosed.add(open)
      this.#take('atom', open, start + 1)
      return
    }
    const inside = this.#value.slice(start + 1, end - 1)
    if (open === '"') this.#take('quoted', unquote(inside), end)
    else if (open === '[') this.#take('atom', this.#value.slice(start, end), end)
    else {
      this.#comment = trimWhiteSpace(unquote(inside)) || null
      this.#apart = true
      this.#at = end
    }
  }
}

/** The addresses of an unfolded field value (a binary string), group markers included; encoded words stay as they are. */
export function parseAddressList(value: string): ImapAddress[] {
  return new AddressListParser(value).parse()
}
