/** Whatever a message looks like, what the scanner says of it lies within its octets, each part within its parent, and cuts change nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StructureScanner, scanMessage } from '../../../shared/codec/mime/structure.ts'
import type { MimePart, OctetRange } from '../../../shared/codec/mime/structure-types.ts'
import { octets } from './chunks.ts'
import { mutatedMessage } from './mutated-message.ts'

const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 400)

function within({ offset, length }: OctetRange, outer: OctetRange): void {
  assert.ok(offset >= outer.offset && length >= 0, 'begins inside')
  assert.ok(offset + length <= outer.offset + outer.length, 'ends inside')
}

/** A header that a boundary line cuts short keeps the ending of its last line, which is none of its parent's body. */
const LINE_ENDING = 2

function check(part: MimePart, outer: OctetRange, message: Buffer): void {
  const { offset, length } = outer
  within(part.header, { offset, length: Math.min(length + LINE_ENDING, message.length - offset) })
  if (part.body.length > 0) within(part.body, outer)
  assert.ok(part.body.offset >= part.header.offset + part.header.length, 'the body is behind the header')
  if (part.lines !== undefined) {
    const { offset, length } = part.body
    const lines = message.subarray(offset, offset + length).filter((octet) => octet === 0x0a).length
    assert.equal(part.lines, lines)
  }
  let end = part.body.offset
  for (const child of part.children ?? []) {
    assert.ok(child.header.offset >= end, 'siblings are in order')
    check(child, part.body, message)
    end = child.body.offset + child.body.length
  }
  if (part.message !== undefined) check(part.message.part, part.body, message)
}

test('parts lie where they are said to lie', () => {
  fc.assert(
    fc.property(
      mutatedMessage,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 6 }),
      (text, step, levels) => {
        const message = octets(text)
        const scanned = scanMessage(message)
        assert.equal(scanned.sizeOctets, message.length)
        check(scanned.root, { offset: 0, length: message.length }, message)
        const scanner = new StructureScanner()
        for (let at = 0; at < message.length; at += step) scanner.write(message.subarray(at, at + step))
        assert.deepEqual(scanner.end(), scanned)
        // A structure that a limit cuts is right as far as it goes.
        check(scanMessage(message, { levels, parts: levels * 2 }).root, { offset: 0, length: message.length }, message)
      },
    ),
    { numRuns: RUNS * 3 },
  )
})
