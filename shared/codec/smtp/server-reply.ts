import { ParseError } from '../parse-error.ts'

/** What a server answers (RFC 5321 §4.2), as whoever sends reads it. */
export interface ServerReply {
  code: number
  /** All lines, with their codes, `\n` between them. */
  text: string
}

/** Octets of one reply: those of EHLO run to some dozens of lines of 512. */
const MAX_REPLY = 64 * 1024
const LF = 0x0a

/** Makes replies of octets, however these are cut. A line ended by LF alone is taken, as servers send it. */
export class ReplyReader {
  #line: Uint8Array[] = []
  #lines: string[] = []
  #octets = 0

  /** The replies that are complete now. Throws ParseError on what is none, and on one without an end. */
  push(chunk: Uint8Array): ServerReply[] {
    const replies: ServerReply[] = []
    let start = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, start)) {
      this.#line.push(chunk.subarray(start, at))
      start = at + 1
      this.#grow(at)
      const reply = this.#endLine()
      if (reply !== undefined) replies.push(reply)
    }
    if (start < chunk.length) {
      this.#line.push(chunk.slice(start))
      this.#grow(chunk.length - start)
    }
    return replies
  }

  #grow(octets: number): void {
    this.#octets += octets
    if (this.#octets > MAX_REPLY) throw new ParseError('a reply without an end')
  }

  #endLine(): ServerReply | undefined {
    const line = Buffer.concat(this.#line).toString('utf8').trimEnd()
    this.#line = []
    // Some servers send an empty line after a reply.
    if (line === '' && this.#lines.length === 0) return undefined
    if (!/^[2-5][0-9]{2}(?:[ -]|$)/.test(line)) throw new ParseError(`no reply: ${line.slice(0, 100)}`)
    this.#lines.push(line)
    // The code of the last line counts: §4.2.1 wants the same on all.
    if (line[3] === '-') return undefined
    const text = this.#lines.join('\n')
    this.#lines = []
    this.#octets = 0
    return { code: Number(line.slice(0, 3)), text }
  }
}

/** The keywords of a reply to EHLO in upper case, each with what follows it (RFC 5321 §4.1.1.1); the first line is the greeting. */
export function parseOffers({ text }: ServerReply): ReadonlyMap<string, string> {
  const offers = new Map<string, string>()
  for (const line of text.split('\n').slice(1)) {
    const [keyword = '', ...parameters] = line
      .slice(4)
      .trim()
      .split(/[ \t]+/)
    // `AUTH=LOGIN` is how servers older than RFC 4954 say it.
    const [name = '', ...more] = keyword.toUpperCase().split('=')
    const known = offers.get(name)
    const said = [...(known === undefined ? [] : [known]), ...more, ...parameters].filter((one) => one !== '')
    if (name !== '') offers.set(name, said.join(' '))
  }
  return offers
}
