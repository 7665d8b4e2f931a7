/** The structure rules in the plainest way: all lines at hand, one function per kind of body. What the scanner is compared with. */
import { entityHeader } from '../../../shared/codec/mime/entity-header.ts'
import { envelopeOf } from '../../../shared/codec/mime/envelope.ts'
import { fieldsByName, parseHeader } from '../../../shared/codec/mime/header.ts'
import type { MimePart } from '../../../shared/codec/mime/structure-types.ts'

interface Line {
  start: number
  text: string
  ending: number
}

export function referenceStructure(message: Buffer): MimePart {
  const lines: Line[] = []
  for (let at = 0; at < message.length; ) {
    const lf = message.indexOf('\n', at)
    const end = lf === -1 ? message.length : lf + 1
    const raw = message.toString('latin1', at, end)
    const text = raw.replace(/\r?\n$/, '')
    lines.push({ start: at, text, ending: raw.length - text.length })
    at = end
  }
  const startOf = (line: number) => lines[line]?.start ?? message.length

  /** Which of the open boundaries the line is: [index, closes]. */
  function boundaryAt(line: number, open: readonly string[]): [number, boolean] | undefined {
    const text = lines[line]!.text.replace(/[ \t\r]+$/, '')
    const exact = open.findLastIndex((boundary) => text === `--${boundary}`)
    if (exact !== -1) return [exact, false]
    const closing = open.findLastIndex((boundary) => text === `--${boundary}--`)
    return closing === -1 ? undefined : [closing, true]
  }

  /** The next boundary line from `line` on. */
  function stop(line: number, open: readonly string[]): number {
    let at = line
    while (at < lines.length && boundaryAt(at, open) === undefined) at++
    return at
  }

  function entity(first: number, open: readonly string[], inDigest: boolean): { part: MimePart; next: number } {
    let line = first
    let cut = false
    for (; line < lines.length; line++) {
      cut = boundaryAt(line, open) !== undefined
      if (cut) break
      if (lines[line]!.text === '' && lines[line]!.ending > 0) {
        line++
        break
      }
    }
    const header = { offset: startOf(first), length: startOf(line) - startOf(first) }
    const block = message.subarray(header.offset, header.offset + header.length)
    const fields = fieldsByName(parseHeader(block))
    const said = entityHeader(block, fields, inDigest)
    const part: MimePart = { header, body: { offset: startOf(line), length: 0 }, ...said }
    const isMessage = part.type === 'message' && ['rfc822', 'global'].includes(part.subtype)
    let next = cut ? line : stop(line, open)
    // What cut the header is a boundary line of those open before, even where this multipart's own boundary is the same.
    if (part.type === 'multipart') next = cut ? line : multipart(part, line, open)
    if (part.type === 'multipart') part.children ??= []
    if (isMessage && !['base64', 'quoted-printable'].includes(part.encoding)) {
      const inner = entity(line, open, false)
      const innerBlock = message.subarray(inner.part.header.offset, inner.part.body.offset)
      part.message = { envelope: envelopeOf(innerBlock, fieldsByName(parseHeader(innerBlock))), part: inner.part }
      next = inner.next
    }
    const end = next < lines.length ? startOf(next) - lines[next - 1]!.ending : message.length
    part.body.length = Math.max(0, end - part.body.offset)
    if (part.type === 'text' || isMessage) {
      const body = message.toString('latin1', part.body.offset, part.body.offset + part.body.length)
      part.lines = body.split('\n').length - 1
    }
    return { part, next }
  }

  function multipart(part: MimePart, first: number, open: readonly string[]): number {
    part.children = []
    const boundary = part.parameters.find(([name]) => name === 'boundary')?.[1]
    if (!boundary) return stop(first, open)
    const inside = [...open, boundary]
    let line = stop(first, inside)
    while (line < lines.length) {
      const [index, closes] = boundaryAt(line, inside)!
      if (index < open.length) return line
      if (closes) return stop(line + 1, open)
      const child = entity(line + 1, inside, part.subtype === 'digest')
      part.children.push(child.part)
      line = child.next
    }
    return line
  }

  return entity(0, [], false).part
}
