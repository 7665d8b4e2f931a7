import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandFront } from '../../../shared/codec/imap/command.ts'
import { type CommandEvent, CommandReader } from '../../../shared/codec/imap/command-reader.ts'
import type { Cursor } from '../../../shared/codec/imap/tokens.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'

export type Row = [input: string, expected: unknown]
/** What a row expects where the input is against the grammar. */
export const REFUSED = Symbol('ParseError')

/** Rows of a command without its tag, `CRLF` after it understood, and its arguments; each runs at every split of the octets. */
export function parseTable<T>(name: string, parse: (args: Cursor) => T, rows: readonly Row[], utf8 = false): void {
  for (const [input, expected] of rows) {
    test(`${name}: ${JSON.stringify(input).slice(0, 100)}`, () => {
      const octets = Buffer.from(`a1 ${input}\r\n`, 'latin1')
      for (let split = 0; split <= octets.length; split++) {
        const front = frontOf([octets.subarray(0, split), octets.subarray(split)], utf8)
        assert.equal(front.tag, 'a1')
        if (expected === REFUSED) assert.throws(() => parse(front.args), ParseError)
        else assert.deepEqual(parse(front.args), expected)
      }
    })
  }
}

/** The arguments of one command given whole. */
export function argsOf(input: string, utf8 = false): Cursor {
  return frontOf([Buffer.from(`a1 ${input}\r\n`, 'latin1')], utf8).args
}

function frontOf(chunks: readonly Uint8Array[], utf8: boolean) {
  const reader = new CommandReader({ lineOctets: 10_000_000 })
  const events: CommandEvent[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let event = reader.next(); event; event = reader.next()) {
      events.push(event)
      if (event.type === 'message') reader.accept()
    }
  }
  const first = events.find((event) => event.type === 'command' || event.type === 'message')
  assert.ok(first && 'command' in first, 'a command was read')
  return parseCommandFront(first.command, { utf8 })
}
