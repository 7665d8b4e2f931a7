import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type CommandEvent,
  type CommandLimits,
  CommandReader,
  LITERAL_MARK as MARK,
} from '../../../shared/codec/imap/command-reader.ts'
import { cpuMs } from '../../cpu-time.ts'

/** Short in CI; `TUBEPOST_FUZZ_RUNS=1000000` for a night. */
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 2000)

type Seen = string | { text: string; literals: string[] }

/** What the reader says of the input in these pieces, in short words; messages are accepted, or refused on request. */
function read(chunks: readonly string[], limits: Partial<CommandLimits> = {}, refuse = false): Seen[] {
  const reader = new CommandReader(limits)
  const seen: Seen[] = []
  let message = ''
  const take = (event: CommandEvent) => {
    switch (event.type) {
      case 'continue':
        return seen.push('+')
      case 'octets':
        message += Buffer.from(event.octets).toString('latin1')
        if (event.last) seen.push(`message ${message}`)
        if (event.last) message = ''
        return
      case 'refused':
        return seen.push(`refused ${event.limit} ${event.tag} ${event.octetsToCome}`)
      case 'message':
        seen.push(
          `${event.first ? 'first' : 'next'} ${event.sizeOctets}${event.binary ? ' binary' : ''}${event.synchronising ? ' +' : ''}`,
        )
        seen.push({ text: event.command.text, literals: event.command.literals.map((literal) => literal.octets) })
        return refuse ? reader.refuse() : reader.accept()
      default:
        if (event.type === 'end') seen.push('end')
        return seen.push({
          text: event.command.text,
          literals: event.command.literals.map(({ octets, binary }) => (binary ? `~${octets}` : octets)),
        })
    }
  }
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk, 'latin1'))
    for (let event = reader.next(); event; event = reader.next()) take(event)
  }
  return seen
}

function command(text: string, ...literals: string[]): Seen {
  return { text, literals }
}

const ROWS: { name: string; input: string; limits?: Partial<CommandLimits>; refuse?: boolean; events: Seen[] }[] = [
  { name: 'a line', input: 'a NOOP\r\n', events: [command('a NOOP')] },
  { name: 'a bare LF ends a line', input: 'a NOOP\nb NOOP\r\n', events: [command('a NOOP'), command('b NOOP')] },
  { name: 'an empty line', input: '\r\n\n', events: [command(''), command('')] },
  { name: 'a bare CR stays', input: 'a X\rY\r\n', events: [command('a X\rY')] },
  {
    name: 'pipelined behind IDLE',
    input: 'a IDLE\r\nDONE\r\nb NOOP\r\n',
    events: [command('a IDLE'), command('DONE'), command('b NOOP')],
  },
  {
    name: 'RFC 9051 §6.2.3: LOGIN with literals',
    input: 'A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man\r\n',
    events: ['+', '+', command(`A001 LOGIN ${MARK} ${MARK}`, 'FRED FOOBAR', 'fat man')],
  },
  {
    name: 'RFC 7888 §2: the same without waiting',
    input: 'A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man\r\n',
    events: [command(`A001 LOGIN ${MARK} ${MARK}`, 'FRED FOOBAR', 'fat man')],
  },
  { name: 'an empty literal', input: 'a LOGIN {0+}\r\n x\r\n', events: [command(`a LOGIN ${MARK} x`, '')] },
  {
    name: 'a literal with line ends and 8-bit',
    input: 'a X {6+}\r\n\r\n\0\xff{3\r\n',
    events: [command(`a X ${MARK}`, '\r\n\0\xff{3')],
  },
  { name: 'literal8', input: 'a X ~{2+}\r\n\0\0\r\n', events: [command(`a X ${MARK}`, '~\0\0')] },
  { name: 'no literal: not at the end', input: 'a X {3} y\r\n', events: [command('a X {3} y')] },
  {
    name: 'no literal: no digits',
    input: 'a X {}\r\na X {+}\r\na X 3}\r\n',
    events: [command('a X {}'), command('a X {+}'), command('a X 3}')],
  },
  {
    name: 'no literal: more digits than any size has',
    input: `a X {${'1'.repeat(20)}}\r\n`,
    events: [command(`a X {${'1'.repeat(20)}}`)],
  },
  {
    name: 'APPEND is announced, then streamed',
    input: 'a APPEND box (\\Seen) {5}\r\nhello\r\nb NOOP\r\n',
    events: ['first 5 +', command('a APPEND box (\\Seen) '), 'message hello', 'end', command(''), command('b NOOP')],
  },
  {
    name: 'the mailbox of APPEND is kept, though a literal',
    input: 'a append {3+}\r\nbox {5+}\r\nhello\r\n',
    events: ['first 5', command(`a append ${MARK} `, 'box'), 'message hello', 'end', command('')],
  },
  {
    name: 'MULTIAPPEND and UTF8',
    input: 'a APPEND box {1+}\r\nx (\\Seen) UTF8 (~{2+}\r\nyz) {0+}\r\n\r\n',
    events: [
      'first 1',
      command('a APPEND box '),
      'message x',
      'next 2 binary',
      command(' (\\Seen) UTF8 ('),
      'message yz',
      'next 0',
      command(') '),
      'message ',
      'end',
      command(''),
    ],
  },
  {
    name: 'UID REPLACE',
    input: 'a UID REPLACE 4 {3+}\r\nbox {2+}\r\nhi\r\n',
    events: ['first 2', command(`a UID REPLACE 4 ${MARK} `, 'box'), 'message hi', 'end', command('')],
  },
  {
    name: 'a refused message that waited is not skipped',
    refuse: true,
    input: 'a APPEND box {5}\r\nb NOOP\r\n',
    events: ['first 5 +', command('a APPEND box '), command('b NOOP')],
  },
  {
    name: 'a refused message that did not wait is skipped to the end of its command',
    refuse: true,
    input: 'a APPEND box {5+}\r\nhello {6+}\r\n\r\nhey!\r\nb NOOP\r\n',
    events: ['first 5', command('a APPEND box '), command('b NOOP')],
  },
  {
    name: 'a message beyond the limit',
    limits: { messageOctets: 4 },
    input: 'a APPEND box {5}\r\nb APPEND box {5+}\r\nhello\r\nc NOOP\r\n',
    events: ['refused message a 0', 'refused message b 5', command('c NOOP')],
  },
  {
    name: 'a literal beyond the limit, counted over the command',
    limits: { keptOctets: 6 },
    input: 'a LOGIN {4+}\r\nuser {4+}\r\npass\r\nb LOGIN {7}\r\nc NOOP\r\n',
    events: ['refused literal a 4', 'refused literal b 0', command('c NOOP')],
  },
  {
    name: 'LITERAL-: more than 4096 octets must wait',
    limits: { nonSynchronisingOctets: 2 },
    input: 'a LOGIN {3+}\r\nabc x\r\nb LOGIN {2+}\r\nab x\r\n',
    events: ['refused non-synchronising a 3', command(`b LOGIN ${MARK} x`, 'ab')],
  },
  {
    name: 'a line at its limit',
    limits: { lineOctets: 8 },
    input: 'a NOOPPP\r\nb NOOP\n',
    events: [command('a NOOPPP'), command('b NOOP')],
  },
  {
    name: 'a line beyond its limit, and what follows it',
    limits: { lineOctets: 8 },
    input: 'a NOOPPPP\r\nb NOOP\r\n',
    events: ['refused line a 0', command('b NOOP')],
  },
  {
    name: 'a line beyond its limit takes its literals with it',
    limits: { lineOctets: 8 },
    input: 'a SEARCH TEXT {12+}\r\nb NOOP\r\nb X more {3+}\r\n\r\n\r\r\nc NOOP\r\n',
    events: ['refused line a 0', command('c NOOP')],
  },
  {
    name: 'a line beyond its limit whose literal waits ends there',
    limits: { lineOctets: 8 },
    input: 'a SEARCH TEXT {12}\r\nc NOOP\r\n',
    events: ['refused line a 0', command('c NOOP')],
  },
  {
    name: 'the limit counts all lines of a command',
    limits: { lineOctets: 12 },
    input: 'a LOGIN {1+}\r\nx yyyyy\r\nb NOOP\r\n',
    events: ['refused line a 0', command('b NOOP')],
  },
  {
    name: 'no tag, no answer to give it',
    limits: { lineOctets: 4 },
    input: '(((((((\r\n',
    events: ['refused line undefined 0'],
  },
]

for (const { name, input, limits, refuse, events } of ROWS) {
  test(`${name}, at every split`, () => {
    for (let first = 0; first <= input.length; first++) {
      assert.deepEqual(read([input.slice(0, first), input.slice(first)], limits, refuse), events, `split at ${first}`)
    }
    assert.deepEqual(read([...input], limits, refuse), events, 'octet by octet')
  })
}

test('10,000 commands in one chunk', () => {
  const seen = read([Array.from({ length: 10_000 }, (_, n) => `t${n} NOOP\r\n`).join('')])
  assert.equal(seen.length, 10_000)
  assert.deepEqual(seen.at(-1), command('t9999 NOOP'))
})

test('a message of 50 MiB passes through without being held', () => {
  const reader = new CommandReader()
  const chunk = Buffer.alloc(65_536, 'x')
  reader.push(Buffer.from(`a APPEND box {${50 * 1024 * 1024}+}\r\n`))
  assert.equal(reader.next()?.type, 'message')
  reader.accept()
  for (let sent = 0; sent < 50 * 1024 * 1024; sent += chunk.length) {
    reader.push(chunk)
    const event = reader.next()
    assert.ok(event?.type === 'octets')
    assert.equal(event.octets.buffer, chunk.buffer)
    assert.equal(event.last, sent + chunk.length === 50 * 1024 * 1024)
    assert.equal(reader.next(), undefined)
  }
})

test('a line that never ends is not kept, and is refused once', () => {
  const reader = new CommandReader()
  const chunk = Buffer.alloc(1_048_576, 'x')
  const before = process.memoryUsage().rss
  let refused = 0
  for (let n = 0; n < 200; n++) {
    reader.push(chunk)
    for (let event = reader.next(); event; event = reader.next()) refused += event.type === 'refused' ? 1 : 0
  }
  assert.equal(refused, 1)
  assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024)
})

test('what is not read can be taken, as STARTTLS and COMPRESS do', () => {
  const reader = new CommandReader()
  reader.push(Buffer.from('a COMPRESS DEFLATE\r\n\x01\x02\n'))
  assert.equal(reader.next()?.type, 'command')
  assert.deepEqual([...reader.takeRest()], [1, 2, 10])
  assert.equal(reader.next(), undefined)
})

test('as many literals as a command holds', () => {
  const startedMs = cpuMs()
  const seen = read([`a SEARCH${'{0+}\r\n'.repeat(16_000)}\r\n`])
  assert.equal(seen.length, 1)
  assert.ok(cpuMs() - startedMs < 3000)
})

test('limits can change between commands', () => {
  const reader = new CommandReader({ lineOctets: 4 })
  reader.limits = { ...reader.limits, lineOctets: 100 }
  reader.push(Buffer.from('a NOOOOOOOOOP\r\n'))
  assert.equal(reader.next()?.type, 'command')
})

test('calls out of order are errors of the caller', () => {
  const reader = new CommandReader()
  assert.throws(() => reader.accept(), /no message/)
  assert.throws(() => reader.refuse(), /no message/)
  reader.push(Buffer.from('a NOOP\r\n'))
  assert.throws(() => reader.push(Buffer.from('b')), /push/)
  reader.next()
  reader.push(Buffer.from('a APPEND b {3}\r\n'))
  reader.next()
  assert.throws(() => reader.next(), /accept/)
})

test('random octets give the same events at any split', () => {
  const alphabet = fc.constantFrom(
    'a',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '{',
    '}',
    '{3}',
    '{2+}\r\n',
    '~{4+}\r\n',
    '{0}\r\n',
    'APPEND',
    'a APPEND b {5+}\r\n',
    '+',
    '9',
    '\0',
    '\xff',
    '(',
  )
  const limits = { lineOctets: 24, keptOctets: 6, messageOctets: 8, nonSynchronisingOctets: 5 }
  fc.assert(
    fc.property(
      fc.array(alphabet, { maxLength: 60 }),
      fc.array(fc.nat(80), { maxLength: 6 }),
      fc.boolean(),
      (words, cuts, refuse) => {
        const input = words.join('')
        const ends = [...cuts.filter((cut) => cut < input.length), input.length].sort((a, b) => a - b)
        const chunks = ends.map((end, n) => input.slice(ends[n - 1] ?? 0, end))
        assert.deepEqual(read(chunks, limits, refuse), read([input], limits, refuse))
      },
    ),
    // Whether the tag had ended depended on where the chunk did.
    { numRuns: RUNS, examples: [[['a', ...Array<string>(4).fill('APPEND'), ' '], [25], false]] },
  )
})
