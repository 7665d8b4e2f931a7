/**
 * Text in `format=flowed` (RFC 3676) as its writer meant it: lines that end in a space go on with the next. Line ends are CRLF or LF and come out
 * as LF; quotes keep their marks, and only lines of one depth flow together (§4.5). `delSp`: the space that flows was added by the mailer (§4.3).
 */
export function unflowText(text: string, delSp: boolean): string {
  const lines: string[] = []
  let open: Paragraph | undefined
  for (const raw of text.split(/\r?\n/)) {
    const depth = quoteDepth(raw)
    const unquoted = raw.slice(depth)
    const line = unquoted.startsWith(' ') ? unquoted.slice(1) : unquoted // space-stuffing (§4.4)
    const isSignature = line === '-- ' // never flows (§4.3)
    if (open !== undefined && (open.depth !== depth || isSignature)) {
      lines.push(shown(open))
      open = undefined
    }
    const flows = line.endsWith(' ') && !isSignature
    open ??= { depth, pieces: [] }
    open.pieces.push(flows && delSp ? line.slice(0, -1) : line)
    if (flows) continue
    lines.push(shown(open))
    open = undefined
  }
  if (open !== undefined) lines.push(shown(open))
  return lines.join('\n')
}

function quoteDepth(line: string): number {
  let depth = 0
  while (line[depth] === '>') depth += 1
  return depth
}

interface Paragraph {
  depth: number
  /** Joined once: text that grows by each line would be copied as often. */
  pieces: string[]
}

function shown({ depth, pieces }: Paragraph): string {
  const text = pieces.join('')
  return depth === 0 ? text : `${'>'.repeat(depth)} ${text}`
}
