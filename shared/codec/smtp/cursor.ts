import { ParseError } from '../parse-error.ts'

/** A place in a command's argument, for parsers that read on from it. */
export class Cursor {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  /** The next character, '' at the end. */
  peek(): string {
    return this.text.charAt(this.at)
  }

  /** Takes `wanted` if it comes next, in whatever case. */
  accept(wanted: string): boolean {
    const next = this.text.slice(this.at, this.at + wanted.length)
    if (next.length !== wanted.length || next.toUpperCase() !== wanted.toUpperCase()) return false
    this.at += wanted.length
    return true
  }

  expect(wanted: string): void {
    if (!this.accept(wanted)) throw new ParseError(`"${wanted}" expected`)
  }

  /** The longest run of characters that `belongs` holds of; may be empty. */
  takeWhile(belongs: (code: number) => boolean): string {
    const start = this.at
    while (this.at < this.text.length && belongs(this.text.charCodeAt(this.at))) this.at++
    return this.text.slice(start, this.at)
  }
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

export function isAlpha(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

/** Characters beyond ASCII, which RFC 6531 §3.3 adds to atoms, quoted strings and domains. */
export function isNonAscii(code: number): boolean {
  return code >= 0x80
}
