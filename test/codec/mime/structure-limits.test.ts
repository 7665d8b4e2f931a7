import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SCAN_LIMITS, StructureScanner } from '../../../shared/codec/mime/structure.ts'
import type { MimePart, ScannedMessage } from '../../../shared/codec/mime/structure-types.ts'
import { octets } from './chunks.ts'

const CHUNK = 16 * 1024

/** Scans in chunks, and counts the octets that native searches walked and that were copied: the work that could explode. */
function scanCounting(message: Buffer): { scanned: ScannedMessage; work: number; mostPerWrite: number } {
  let work = 0
  let mostPerWrite = 0
  const { indexOf } = Buffer.prototype
  const { concat } = Buffer
  Buffer.prototype.indexOf = function (this: Buffer, value: Buffer | number, from = 0) {
    const found = indexOf.call(this, value, from)
    work += (found === -1 ? this.length : found) - from + 1
    return found
  } as typeof indexOf
  Buffer.concat = (pieces: readonly Uint8Array[]) => {
    const joined = concat(pieces)
    work += joined.length
    return joined
  }
  try {
    const scanner = new StructureScanner()
    for (let at = 0; at < message.length; at += CHUNK) {
      const before = work
      scanner.write(message.subarray(at, at + CHUNK))
      mostPerWrite = Math.max(mostPerWrite, work - before)
    }
    return { scanned: scanner.end(), work, mostPerWrite }
  } finally {
    Buffer.prototype.indexOf = indexOf
    Buffer.concat = concat
  }
}

const countParts = (part: MimePart): number =>
  1 +
  (part.children ?? []).reduce((sum, child) => sum + countParts(child), 0) +
  (part.message ? countParts(part.message.part) : 0)

const depthOf = (part: MimePart): number => {
  const inner = part.message ? [part.message.part] : (part.children ?? [])
  return 1 + Math.max(0, ...inner.map(depthOf))
}

/** A multipart in a multipart in a multipart, each with its own long boundary. */
function nested(levels: number, boundaryOf: (level: number) => string): string {
  let text = ''
  for (let level = 0; level < levels; level++) {
    text += `Content-Type: multipart/mixed; boundary="${boundaryOf(level)}"\r\n\r\n--${boundaryOf(level)}\r\n`
  }
  return `${text}\r\nx\r\n`
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'
const MANY = 300_000

describe('structure within limits', () => {
  const bombs: { name: string; message: string; parts: number; depth: number; truncated: boolean; factor?: number }[] =
    [
      {
        name: '10,000 parts',
        message: `${MIXED}${'--b\r\n\r\nx\r\n'.repeat(9_999)}--b--\r\n`,
        parts: 10_000,
        depth: 2,
        truncated: false,
      },
      {
        name: 'more parts',
        message: `${MIXED}${'--b\r\n\r\n'.repeat(50_000)}`,
        parts: 10_000,
        depth: 2,
        truncated: true,
      },
      {
        name: 'more parts without an empty line',
        message: `${MIXED}${'--b\n'.repeat(MANY)}`,
        parts: 10_000,
        depth: 2,
        truncated: true,
      },
      {
        name: '99 multiparts in each other',
        message: nested(99, (level) => `b${level}`),
        parts: 100,
        depth: 100,
        truncated: false,
      },
      {
        name: '5,000 multiparts in each other',
        message: nested(5_000, (level) => `b${level}`),
        parts: 100,
        depth: 100,
        truncated: true,
      },
      {
        name: '5,000 messages in each other',
        message: 'Content-Type: message/rfc822\r\n\r\n'.repeat(5_000),
        parts: 100,
        depth: 100,
        truncated: true,
      },
      {
        name: 'every line nearly a boundary line of 99 levels',
        message: nested(99, (level) => `${'x'.repeat(60)}${level}`) + `--${'x'.repeat(60)}\n`.repeat(20_000),
        parts: 100,
        depth: 100,
        truncated: false,
      },
      {
        name: 'lines of two hyphens',
        message: `${MIXED}--b\r\n\r\n${'--\n'.repeat(MANY)}`,
        parts: 2,
        depth: 2,
        truncated: false,
      },
      {
        name: 'one line of hyphens',
        message: `${MIXED}--b\r\n\r\n${'-'.repeat(MANY)}`,
        parts: 2,
        depth: 2,
        truncated: false,
      },
      {
        name: 'padding without end',
        message: `${MIXED}--b${' '.repeat(MANY)}\n`,
        parts: 1,
        depth: 1,
        truncated: false,
      },
      { name: 'a header of empty names', message: ':\n'.repeat(MANY), parts: 1, depth: 1, truncated: true, factor: 8 },
      {
        name: 'a header of one line',
        message: `To: ${'a,'.repeat(MANY)}`,
        parts: 1,
        depth: 1,
        truncated: true,
        factor: 8,
      },
      {
        name: 'a header of folds',
        message: `To: a\n${' b\n'.repeat(MANY)}`,
        parts: 1,
        depth: 1,
        truncated: true,
        factor: 8,
      },
      {
        name: 'a header of parameters',
        message: `Content-Type: a/b${';a*1*=b'.repeat(30_000)}\n\n`,
        parts: 1,
        depth: 1,
        truncated: false,
        factor: 8,
      },
      {
        name: 'closing lines only',
        message: `${MIXED}${'--b--\r\n'.repeat(100_000)}`,
        parts: 1,
        depth: 1,
        truncated: false,
      },
    ]
  for (const { name, message, parts, depth, truncated, factor = 6 } of bombs) {
    test(name, () => {
      const { scanned, work, mostPerWrite } = scanCounting(octets(message))
      assert.equal(countParts(scanned.root), parts)
      assert.equal(depthOf(scanned.root), depth)
      assert.equal(scanned.truncated, truncated)
      assert.equal(scanned.sizeOctets, message.length)
      assert.ok(work <= factor * message.length + 64 * 1024, `${work} octets walked for ${message.length}`)
      const perWrite = factor * CHUNK + 2 * SCAN_LIMITS.headerOctets
      assert.ok(mostPerWrite <= perWrite, `${mostPerWrite} octets walked for one chunk`)
    })
  }

  test('headers of all parts together are bounded, and so is what is kept of them', () => {
    const header = `Content-Description: ${'x'.repeat(100_000)}\r\n\r\n`
    const { root, truncated } = ((message) => {
      const scanner = new StructureScanner()
      scanner.write(message)
      return scanner.end()
    })(octets(`${MIXED}${`--b\r\n${header}`.repeat(60)}`))
    assert.equal(truncated, true)
    const kept = (root.children ?? []).reduce((sum, child) => sum + (child.description?.length ?? 0), 0)
    assert.ok(kept <= SCAN_LIMITS.allHeaderOctets)
    assert.ok((root.children?.length ?? 0) >= 40)
  })

  test('a body of 256 MiB leaves nothing behind', () => {
    const scanner = new StructureScanner()
    scanner.write(octets(`${MIXED}--b\r\nContent-Type: text/plain\r\n\r\n`))
    const line = octets(`${'A'.repeat(76)}\r\n`)
    const chunk = Buffer.alloc(line.length * 1024 * 13, line)
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    const chunks = Math.ceil((256 * 1024 * 1024) / chunk.length)
    for (let count = 0; count < chunks; count++) {
      scanner.write(chunk)
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
    }
    scanner.write(octets('--b--\r\n'))
    const { root } = scanner.end()
    assert.equal(root.children?.[0]?.body.length, chunks * chunk.length - 2)
    assert.equal(root.children?.[0]?.lines, chunks * 1024 * 13 - 1)
    assert.ok(peak < 16 * 1024 * 1024, `${peak} octets of buffers`)
  })
})
