import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { StructureScanner, scanMessage } from '../../../shared/codec/mime/structure.ts'
import type { MimePart } from '../../../shared/codec/mime/structure-types.ts'
import { octets } from './chunks.ts'
import { referenceStructure } from './reference-structure.ts'

const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 400)

/** What a part is to be, before it is octets. */
type Plan =
  | { kind: 'leaf'; type: string; body: string }
  | { kind: 'message'; subject: string; inner: Plan }
  | { kind: 'multipart'; subtype: string; preamble: string; parts: Plan[]; epilogue: string }

const someText = fc.array(fc.constantFrom('', 'text', '--', '--b', ' --b0', '----', 'a: b', 'x'.repeat(80)), {
  maxLength: 4,
})
const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('leaf' as const),
      type: fc.constantFrom('text/plain', 'text/html', 'image/png', 'application/pdf'),
      body: someText.map((lines) => lines.join('\r\n')),
    }),
    fc.record({ kind: fc.constant('message' as const), subject: fc.constantFrom('x', 'y'), inner: tie('plan') }),
    fc.record({
      kind: fc.constant('multipart' as const),
      subtype: fc.constantFrom('mixed', 'alternative', 'related'),
      preamble: someText.map((lines) => lines.join('\r\n')),
      parts: fc.array(tie('plan'), { minLength: 1, maxLength: 4 }),
      epilogue: someText.map((lines) => lines.join('\r\n')),
    }),
  ),
}))

/** Writes a plan's octets and says which structure they have: neither looks at the scanner's rules for finding it. */
class Builder {
  text = ''
  #boundaries = 0

  build(planned: Plan): MimePart {
    const header = { offset: this.text.length, length: 0 }
    const multipart = planned.kind === 'multipart'
    const boundary = `b${this.#boundaries++}.`
    const contentType =
      planned.kind === 'leaf'
        ? planned.type
        : planned.kind === 'message'
          ? 'message/rfc822'
          : `multipart/${planned.subtype}`
    this.text += `Content-Type: ${contentType}${multipart ? `; boundary="${boundary}"` : ''}\r\n`
    if (header.offset === 0) this.text += 'MIME-Version: 1.0\r\n'
    this.text += '\r\n'
    header.length = this.text.length - header.offset
    const body = { offset: this.text.length, length: 0 }
    const [type = '', subtype = ''] = contentType.split('/')
    const part: MimePart = { header, body, type, subtype, parameters: [], encoding: '7bit' }
    if (planned.kind === 'leaf') this.text += planned.body
    if (planned.kind === 'message') {
      part.message = { envelope: scanMessage(octets('')).envelope, part: this.build(planned.inner) }
    }
    if (planned.kind === 'multipart') {
      part.parameters.push(['boundary', boundary])
      this.text += planned.preamble
      part.children = planned.parts.map((child) => {
        this.text += `\r\n--${boundary}\r\n`
        return this.build(child)
      })
      this.text += `\r\n--${boundary}--\r\n${planned.epilogue}`
    }
    body.length = this.text.length - body.offset
    if (type === 'text' || type === 'message') part.lines = this.text.slice(body.offset).split('\n').length - 1
    return part
  }
}

function scanInSteps(message: Buffer, step: number): MimePart {
  const scanner = new StructureScanner()
  for (let at = 0; at < message.length; at += step) scanner.write(message.subarray(at, at + step))
  return scanner.end().root
}

/** Lines of which anything may come after anything: boundaries that are each other's beginnings, headers, empty lines. */
const soup = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        '--a',
        '--a--',
        '--ab',
        '--ab--',
        '--b',
        '--b--',
        '--a----',
        '--a ',
        '--a\t--',
        '--',
        '',
        '',
        ' x',
        'text',
        'Content-Type: multipart/mixed; boundary=a',
        'Content-Type: multipart/digest; boundary=ab',
        'Content-Type: multipart/mixed; boundary="b"',
        'Content-Type: multipart/x; boundary="a--"',
        'Content-Type: message/rfc822',
        'Content-Type: image/png',
        'Content-Transfer-Encoding: base64',
        'Subject: x\ry',
      ),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r\r\n', '\r'),
    ),
    { maxLength: 40 },
  )
  .map((lines) => octets(lines.flat().join('')))

describe('structure, compared', () => {
  test('random MIME trees are found as they were built', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 200 }), (planned, step) => {
        const builder = new Builder()
        const expected = builder.build(planned)
        assert.deepEqual(scanInSteps(octets(builder.text), step), expected)
      }),
      { numRuns: RUNS },
    )
  })

  test('lines in any order are read as the plainest reading of the rules has it', () => {
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 60 }), (message, step) => {
        const expected = referenceStructure(message)
        assert.deepEqual(scanMessage(message).root, expected)
        assert.deepEqual(scanInSteps(message, step), expected)
      }),
      { numRuns: RUNS * 5 },
    )
  })

  test('any octets give a result, the same at every split', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (random, step) => {
        const message = Buffer.concat([octets('Content-Type: multipart/mixed; boundary="\r\n'), random])
        assert.deepEqual(scanInSteps(message, step), scanMessage(message).root)
        assert.deepEqual(scanMessage(message).root, referenceStructure(message))
      }),
      { numRuns: RUNS },
    )
  })
})
