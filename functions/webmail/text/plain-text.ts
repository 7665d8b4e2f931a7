/** Plain text of a message in pieces that a view can show: links are found, quotes are levels. */

export type Piece = { text: string } | { text: string; href: string }

export interface Block {
  /** How many `>` stood before its lines (RFC 3676 §4.5). */
  level: number
  lines: Piece[][]
}

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  for (const raw of text.replaceAll('\r\n', '\n').trimEnd().split('\n')) {
    const { level, line } = unquotedLine(raw)
    const last = blocks.at(-1)
    if (last?.level === level) last.lines.push(piecesOf(line))
    else blocks.push({ level, lines: [piecesOf(line)] })
  }
  return blocks
}

function unquotedLine(raw: string): { level: number; line: string } {
  let level = 0
  let at = 0
  while (raw[at] === '>' && level < 20) {
    level += 1
    at += 1
    if (raw[at] === ' ' && raw[at + 1] === '>') at += 1
  }
  if (level > 0 && raw[at] === ' ') at += 1
  return { level, line: raw.slice(at) }
}

const STARTS = ['https://', 'http://', 'mailto:', 'www.'] as const
/** What ends a link though a URL could hold it: it is the sentence's, more often. */
const TRAILING = '.,;:!?\'"’”*_'
/** As long as a link may be; what balances its brackets looks at all of it. */
const MAX_LINK = 2000
const CLOSING: Record<string, string> = { ')': '(', ']': '[', '>': '<', '}': '{' }

/** Links in one line, found in one pass. */
export function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = []
  const lower = line.toLowerCase()
  let done = 0
  let at = 0
  while (at < line.length) {
    const start = STARTS.find((each) => lower.startsWith(each, at))
    if (start === undefined || (at > 0 && isWordCharacter(line[at - 1]!))) {
      at += 1
      continue
    }
    const end = endOfLink(line, at)
    const text = line.slice(at, end)
    if (text.length > start.length) {
      if (at > done) pieces.push({ text: line.slice(done, at) })
      pieces.push({ text, href: start === 'www.' ? `https://${text}` : text })
      done = end
    }
    at = Math.max(end, at + 1)
  }
  if (done < line.length || pieces.length === 0) pieces.push({ text: line.slice(done) })
  return pieces
}

function endOfLink(line: string, from: number): number {
  let end = from
  const most = Math.min(line.length, from + MAX_LINK)
  while (end < most && line[end]!.trim() !== '' && !'<>"'.includes(line[end]!)) end += 1
  const counts = new Map<string, number>()
  for (const character of line.slice(from, end)) counts.set(character, (counts.get(character) ?? 0) + 1)
  for (; end > from; end--) {
    const last = line[end - 1]!
    const closed = counts.get(last) ?? 0
    const opened = counts.get(CLOSING[last] ?? '')
    const unbalanced = last in CLOSING && closed > (opened ?? 0)
    if (!TRAILING.includes(last) && !unbalanced) return end
    counts.set(last, closed - 1)
  }
  return from
}

function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{N}_@]/u.test(character)
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
