import { simpleBody } from '../safe/safe-html.ts'

const BLOCKS = ['DIV', 'P', 'BLOCKQUOTE', 'UL', 'OL', 'LI', 'PRE', 'H1', 'H2', 'H3', 'H4', 'TR', 'BODY']

/** The plain text that goes beside HTML: quotes with `>`, lists with `-` or numbers, links behind their words. */
export function htmlToText(html: string): string {
  return linesOf(simpleBody(html)).join('\n').trimEnd()
}

/** The lines of an element; text without a block of its own joins its neighbours. */
function linesOf(element: Node): string[] {
  const lines: string[] = []
  let line: string | undefined
  const flush = () => {
    if (line !== undefined) lines.push(line)
    line = undefined
  }
  const children = [...element.childNodes]
  for (const [at, child] of children.entries()) {
    if (child.nodeName === 'BR') {
      // The last <br> of a block only keeps it open.
      if (at === children.length - 1 && line !== undefined) continue
      lines.push(line ?? '')
      line = undefined
    } else if (BLOCKS.includes(child.nodeName)) {
      flush()
      lines.push(...blockLines(child as Element, children))
    } else {
      const inner = inlineLines(child)
      line = (line ?? '') + (inner[0] ?? '')
      for (const more of inner.slice(1)) {
        flush()
        line = more
      }
    }
  }
  flush()
  return lines
}

function inlineLines(node: Node): string[] {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = (node.textContent ?? '').replaceAll('\u00a0', ' ')
    return node.parentElement?.closest('pre') ? text.split('\n') : [text.replace(/[\t\n\r ]+/g, ' ')]
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return ['']
  const lines = linesOf(node)
  const href = node.nodeName === 'A' ? (node as HTMLAnchorElement).getAttribute('href') : undefined
  const text = lines.join(' ').trim()
  if (!href || href.replace('mailto:', '') === text || href.replace(/\/$/, '') === text.replace(/\/$/, '')) return lines
  return [`${text} <${href}>`]
}

function blockLines(block: Element, siblings: readonly Node[]): string[] {
  const lines = linesOf(block)
  if (block.nodeName === 'BLOCKQUOTE') return lines.map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
  if (block.nodeName === 'LI') {
    const ordered = block.parentElement?.nodeName === 'OL'
    const at = siblings.filter(({ nodeName }) => nodeName === 'LI').indexOf(block)
    const mark = ordered ? `${at + 1}. ` : '- '
    return lines.map((line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line)
  }
  if (block.nodeName === 'P') return [...lines, '']
  return lines
}
