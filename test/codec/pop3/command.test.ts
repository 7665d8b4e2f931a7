import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import {
  authArguments,
  languageRange,
  messageNumber,
  noArguments,
  optionalMessageNumber,
  password,
  topArguments,
  userName,
} from '../../../shared/codec/pop3/arguments.ts'
import { parseCommand } from '../../../shared/codec/pop3/command.ts'

const octets = (text: string) => Buffer.from(text, 'utf8')

const COMMANDS: readonly [line: string, keyword: string, argument: string | undefined][] = [
  ['STAT', 'STAT', undefined],
  ['stat', 'STAT', undefined],
  ['STAT ', 'STAT', ''],
  ['top 1 10', 'TOP', '1 10'],
  ['PASS  two  spaces ', 'PASS', ' two  spaces '],
  ['UTF8', 'UTF8', undefined],
  ['PASS pässwörd', 'PASS', 'pässwörd'],
]

test('a command line is its keyword and what follows the first space', () => {
  for (const [line, keyword, argument] of COMMANDS) {
    const command = parseCommand(octets(line))
    assert.equal(command.keyword, keyword, line)
    assert.equal(command.argument && Buffer.from(command.argument).toString(), argument, line)
  }
})

test('what cannot be a command', () => {
  for (const line of ['', ' ', ' STAT', 'STATUS', 'ST-T', 'STAT\0', 'PASS a\rb', 'PASS a\x7f', 'ÄÖ']) {
    assert.throws(() => parseCommand(octets(line)), ParseError, JSON.stringify(line))
  }
})

type Parse = (argument: Uint8Array | undefined) => unknown
const ARGUMENTS: readonly [parse: Parse, argument: string | undefined, value: unknown][] = [
  [noArguments, undefined, undefined],
  [noArguments, '  ', undefined],
  [messageNumber, '1', 1],
  [messageNumber, '007', 7],
  [messageNumber, '1 ', 1],
  [messageNumber, '9999999999', 0x7fff_ffff],
  [optionalMessageNumber, undefined, undefined],
  [optionalMessageNumber, '', undefined],
  [optionalMessageNumber, '3', 3],
  [topArguments, '1 0', { message: 1, lines: 0 }],
  [topArguments, '2  10', { message: 2, lines: 10 }],
  [userName, 'alice@demo.test', 'alice@demo.test'],
  [userName, ' älice@demo.test ', 'älice@demo.test'],
  [password, '', ''],
  [password, ' a b ', ' a b '],
  [password, 'пароль', 'пароль'],
  [password, '\ufeffx', '\ufeffx'],
  [authArguments, undefined, undefined],
  [authArguments, 'plain', { mechanism: 'PLAIN' }],
  [authArguments, 'PLAIN =', { mechanism: 'PLAIN', initialResponse: '=' }],
  [authArguments, 'PLAIN AGEAYg==', { mechanism: 'PLAIN', initialResponse: 'AGEAYg==' }],
  [languageRange, undefined, undefined],
  [languageRange, '*', '*'],
  [languageRange, 'en-GB', 'en-GB'],
]

test('arguments', () => {
  for (const [parse, argument, value] of ARGUMENTS) {
    assert.deepEqual(parse(argument === undefined ? undefined : octets(argument)), value, `${parse.name} ${argument}`)
  }
})

const REFUSED: readonly [parse: Parse, argument: string | undefined][] = [
  [noArguments, 'x'],
  [messageNumber, undefined],
  [messageNumber, ''],
  [messageNumber, '0'],
  [messageNumber, '-1'],
  [messageNumber, '+1'],
  [messageNumber, '1.5'],
  [messageNumber, '1e3'],
  [messageNumber, '0x10'],
  [messageNumber, '1 2'],
  [messageNumber, '\u0661'],
  [messageNumber, '00000000001'],
  [optionalMessageNumber, 'all'],
  [topArguments, '1'],
  [topArguments, '1 -1'],
  [topArguments, '0 1'],
  [topArguments, '1 1 1'],
  [userName, undefined],
  [userName, '  '],
  [password, undefined],
  [authArguments, 'PLAIN a b'],
  [languageRange, 'en de'],
]

test('arguments that are none', () => {
  for (const [parse, argument] of REFUSED) {
    const given = argument === undefined ? undefined : octets(argument)
    assert.throws(() => parse(given), ParseError, `${parse.name} ${argument}`)
  }
  assert.throws(() => password(Buffer.from([0xff])), ParseError)
  assert.throws(() => userName(Buffer.from([0xc0, 0x80])), ParseError)
})
