/** A reply (RFC 5321 §4.2) with its enhanced status code (RFC 2034, 3463), which greetings, EHLO and 3yz do not have. */
export interface Reply {
  code: number
  enhanced?: string
  /** At least one; printable ASCII (or UTF-8 where the client asked for it), and no client's words. */
  lines: readonly string[]
}

/** Octets of a reply line with its CR LF (§4.5.3.1.5). */
const MAX_LINE = 512

export function reply(code: number, enhanced: string, ...lines: readonly string[]): Reply {
  return { code, enhanced, lines }
}

/** On the wire: `code-` before all lines but the last, the enhanced code on every one (RFC 2034 §4). */
export function formatReply({ code, enhanced, lines }: Reply): string {
  const status = enhanced === undefined ? '' : `${enhanced} `
  return lines
    .map((line, index) => {
      const mark = index < lines.length - 1 ? '-' : ' '
      // A line break inside would end the reply early and begin another one.
      const text = `${code}${mark}${status}${line.replace(/[\r\n]+/g, ' ')}`
      return `${text.slice(0, MAX_LINE - 2)}\r\n`
    })
    .join('')
}
