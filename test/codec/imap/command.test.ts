import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAppend, parseReplace } from '../../../shared/codec/imap/append.ts'
import { parseAuthenticate } from '../../../shared/codec/imap/authenticate.ts'
import { parseCommandFront, parseNoArgs } from '../../../shared/codec/imap/command.ts'
import { CommandReader } from '../../../shared/codec/imap/command-reader.ts'
import { parseCopy, parseUidExpunge } from '../../../shared/codec/imap/copy.ts'
import { parseCompress, parseEnable } from '../../../shared/codec/imap/enable.ts'
import { parseFetch } from '../../../shared/codec/imap/fetch.ts'
import { parseId } from '../../../shared/codec/imap/id.ts'
import { parseList, parseLsub } from '../../../shared/codec/imap/list.ts'
import { parseLogin } from '../../../shared/codec/imap/login.ts'
import { parseCreate, parseMailbox, parseRename } from '../../../shared/codec/imap/mailbox-commands.ts'
import { parseGetQuota, parseSetQuota } from '../../../shared/codec/imap/quota.ts'
import { parseSearch } from '../../../shared/codec/imap/search.ts'
import { parseSelect } from '../../../shared/codec/imap/select.ts'
import { parseSort } from '../../../shared/codec/imap/sort.ts'
import { parseStatus } from '../../../shared/codec/imap/status.ts'
import { parseStore } from '../../../shared/codec/imap/store.ts'
import { parseThread } from '../../../shared/codec/imap/thread.ts'
import type { Cursor } from '../../../shared/codec/imap/tokens.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { parseTable, REFUSED } from './parse-table.ts'

/** Short in CI; `TUBEPOST_FUZZ_RUNS=1000000` for a night. */
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 5000)

const PARSERS: Record<string, (args: Cursor) => unknown> = {
  NOOP: parseNoArgs,
  LOGIN: parseLogin,
  AUTHENTICATE: parseAuthenticate,
  SELECT: parseSelect,
  LIST: parseList,
  LSUB: parseLsub,
  STATUS: parseStatus,
  CREATE: parseCreate,
  DELETE: parseMailbox,
  RENAME: parseRename,
  APPEND: parseAppend,
  REPLACE: parseReplace,
  FETCH: parseFetch,
  STORE: parseStore,
  COPY: parseCopy,
  'UID EXPUNGE': parseUidExpunge,
  SEARCH: parseSearch,
  SORT: parseSort,
  THREAD: parseThread,
  ID: parseId,
  ENABLE: parseEnable,
  COMPRESS: parseCompress,
  GETQUOTA: parseGetQuota,
  SETQUOTA: parseSetQuota,
}

parseTable('without arguments', parseNoArgs, [
  ['NOOP', {}],
  ['NOOP ', {}], // clients have sent it so
  ['NOOP x', REFUSED],
])

const FRONTS: [text: string, tag: string | undefined, name: string | undefined][] = [
  ['a1 noop', 'a1', 'NOOP'],
  ['a1 uid fetch 1 ALL', 'a1', 'UID FETCH'],
  ['a1 UID', 'a1', undefined],
  ['a1', 'a1', undefined],
  ['a1 ', 'a1', undefined],
  ['a1  NOOP', 'a1', undefined],
  ['* NOOP', undefined, undefined],
  ['+ NOOP', undefined, undefined],
  ['', undefined, undefined],
  ['A.1-]x: LOGIN', 'A.1-]x:', 'LOGIN'],
  ['a"1 NOOP', 'a', undefined],
]
for (const [text, tag, name] of FRONTS) {
  test(`the front of ${JSON.stringify(text)}`, () => {
    const front = parseCommandFront({ text, literals: [] })
    assert.deepEqual([front.tag, front.name], [tag, name])
  })
}

test('random octets and words are parsed or refused with a ParseError, whatever the command', () => {
  const words = fc.constantFrom(
    '(',
    ')',
    ' ',
    ' (',
    '"',
    '"x"',
    '\\',
    '\\Seen',
    'NIL',
    '{2+}\r\nab',
    '~{1+}\r\n\0',
    '1',
    '1:*',
    ',',
    '$',
    '<0.1>',
    '[',
    ']',
    'BODY',
    'BODY[',
    'HEADER.FIELDS',
    '.',
    'RETURN',
    'CHARSET',
    'UTF-8',
    'NOT',
    'OR',
    'OR ',
    'NOT ',
    'FROM',
    'MODSEQ',
    '1-Feb-1994',
    '" 1-Feb-1994 00:00:00 +0000"',
    '&',
    '&AOk-',
    '*',
    '%',
    '=',
    'FLAGS',
    '+FLAGS',
    'QRESYNC',
    'UTF8',
    'constructor',
    '__proto__',
    '\0',
    '\xc3\xa9',
    '\r',
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(PARSERS)),
      fc.array(words, { maxLength: 25 }),
      fc.string({ unit: 'binary', maxLength: 5 }),
      (name, parts, noise) => {
        const reader = new CommandReader()
        reader.push(Buffer.from(`t ${name} ${parts.join('')}${noise}\r\n`, 'latin1'))
        for (let event = reader.next(); event; event = reader.next()) {
          if (event.type === 'message') reader.refuse()
          if (event.type !== 'command' && event.type !== 'message') continue
          const front = parseCommandFront(event.command, { utf8: parts.length % 2 === 0 })
          try {
            PARSERS[name]!(front.args)
          } catch (error) {
            if (!(error instanceof ParseError)) throw error
          }
        }
      },
    ),
    { numRuns: RUNS },
  )
})
