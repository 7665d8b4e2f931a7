import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import {
  parseAuth,
  parseBdat,
  parseDomain,
  parseMail,
  parseRcpt,
  splitCommand,
  UnknownParameterError,
} from '../../../shared/codec/smtp/command.ts'
import { formatReply, reply } from '../../../shared/codec/smtp/reply.ts'

const A = { localPart: 'a', domain: 'b.test' }
const MAIL = { reversePath: A, sizeOctets: undefined, body: undefined, smtputf8: false }

const PARSED: [parse: (argument: string) => unknown, argument: string, value: unknown][] = [
  [parseMail, 'FROM:<a@b.test>', MAIL],
  [parseMail, 'from:<a@b.test>', MAIL],
  [parseMail, 'FROM:<>', { ...MAIL, reversePath: undefined }],
  [parseMail, 'FROM:<@x.test,@y.test:a@b.test>', MAIL],
  [parseMail, 'FROM:  <a@b.test>', MAIL],
  [parseMail, 'FROM: <>', { ...MAIL, reversePath: undefined }],
  [parseRcpt, 'TO: <a@b.test>', { forwardPath: A }],
  [parseMail, 'FROM:<a@b.test> SIZE=100 BODY=8BITMIME', { ...MAIL, sizeOctets: 100, body: '8BITMIME' }],
  [parseMail, 'FROM:<a@b.test> size=0 body=7bit smtputf8', { ...MAIL, sizeOctets: 0, body: '7BIT', smtputf8: true }],
  [parseMail, 'FROM:<a@b.test> AUTH=<>', MAIL],
  [
    parseMail,
    `FROM:<${'v'.repeat(100)}@b.test>`,
    { ...MAIL, reversePath: { localPart: 'v'.repeat(100), domain: 'b.test' } },
  ],
  [parseMail, 'FROM:<a@b.test> RET=hdrs ENVID=QQ+2B314', { ...MAIL, ret: 'HDRS', envid: 'QQ+314' }],
  [parseMail, 'FROM:<a@b.test> REQUIRETLS', { ...MAIL, requireTls: true }],
  [parseRcpt, 'TO:<a@b.test>', { forwardPath: A }],
  [parseRcpt, 'TO:<a@b.test> NOTIFY=NEVER', { forwardPath: A, notify: [] }],
  [parseRcpt, 'TO:<a@b.test> notify=delay,success', { forwardPath: A, notify: ['SUCCESS', 'DELAY'] }],
  [parseRcpt, 'TO:<a@b.test> ORCPT=rfc822;x+2By@b.test', { forwardPath: A, originalRecipient: 'rfc822;x+y@b.test' }],
  [parseRcpt, 'TO:<a@b.test> ORCPT=utf-8;\\x{FC}@b.test', { forwardPath: A, originalRecipient: 'utf-8;ü@b.test' }],
  [parseRcpt, 'To:<Postmaster>', { forwardPath: { localPart: 'postmaster', domain: '' } }],
  [parseRcpt, `TO:<${'l'.repeat(100)}@b.test>`, { forwardPath: { localPart: 'l'.repeat(100), domain: 'b.test' } }],
  [parseRcpt, 'TO:<"a b"@b.test>', { forwardPath: { localPart: 'a b', domain: 'b.test' } }],
  [parseDomain, 'client.test', 'client.test'],
  [parseDomain, '[192.0.2.1]', '[192.0.2.1]'],
  [parseDomain, 'MY_PC', 'MY_PC'],
  [parseBdat, '10', { sizeOctets: 10, last: false }],
  [parseBdat, '0 last', { sizeOctets: 0, last: true }],
  [parseAuth, 'plain AGEAYg==', { mechanism: 'PLAIN', initialResponse: 'AGEAYg==' }],
  [parseAuth, 'LOGIN', { mechanism: 'LOGIN', initialResponse: undefined }],
]
const REFUSED: [parse: (argument: string) => unknown, argument: string][] = [
  [parseMail, ''],
  [parseMail, 'FROM:'],
  [parseMail, 'FROM: a@b.test'],
  [parseMail, 'FROM: '],
  [parseMail, 'FROM :<a@b.test>'],
  [parseMail, 'FROM:a@b.test'],
  [parseMail, 'FROM:<a@b.test'],
  [parseMail, 'FROM:<a>'],
  [parseMail, 'FROM:<Postmaster>'],
  [parseMail, 'FROM:<a@b.test>SIZE=1'],
  [parseMail, 'FROM:<a@b.test>  SIZE=1'],
  [parseMail, 'FROM:<a@b.test> SIZE='],
  [parseMail, 'FROM:<a@b.test> SIZE=x'],
  [parseMail, 'FROM:<a@b.test> SIZE'],
  [parseMail, 'FROM:<a@b.test> SIZE=1 SIZE=1'],
  [parseMail, 'FROM:<a@b.test> BODY=9BIT'],
  [parseMail, 'FROM:<a@b.test> SMTPUTF8=1'],
  [parseMail, 'FROM:<a@b.test> SIZE=123456789012345678901'],
  [parseMail, 'TO:<a@b.test>'],
  [parseMail, `FROM:<${'v'.repeat(250)}@b.test>`],
  [parseMail, 'FROM:<@x.test a@b.test>'],
  [parseMail, 'FROM:<a@b.test> =x'],
  [parseRcpt, 'TO:<>'],
  [parseRcpt, 'TO:<a@b.test> X'],
  [parseRcpt, `TO:<${'l'.repeat(250)}@b.test>`],
  [parseRcpt, 'FROM:<a@b.test>'],
  [parseMail, 'FROM:<a@b.test> RET=ALL'],
  [parseMail, 'FROM:<a@b.test> ENVID'],
  [parseMail, 'FROM:<a@b.test> ENVID=+0D'],
  [parseMail, 'FROM:<a@b.test> ENVID=+2b'],
  [parseMail, `FROM:<a@b.test> ENVID=${'x'.repeat(101)}`],
  [parseMail, 'FROM:<a@b.test> REQUIRETLS=1'],
  [parseRcpt, 'TO:<a@b.test> NOTIFY'],
  [parseRcpt, 'TO:<a@b.test> NOTIFY=NEVER,SUCCESS'],
  [parseRcpt, 'TO:<a@b.test> NOTIFY=SUCCESS,SUCCESS'],
  [parseRcpt, 'TO:<a@b.test> NOTIFY=SOON'],
  [parseRcpt, 'TO:<a@b.test> ORCPT=a@b.test'],
  [parseRcpt, 'TO:<a@b.test> ORCPT=rfc822;'],
  [parseRcpt, 'TO:<a@b.test> ORCPT=rfc822;a+0Ab'],
  [parseRcpt, 'TO:<a@b.test> ORCPT=utf-8;\\x{A}'],
  [parseDomain, ''],
  [parseDomain, 'a b'],
  [parseDomain, 'ü'],
  [parseBdat, ''],
  [parseBdat, '-1'],
  [parseBdat, '1 FIRST'],
  [parseBdat, '1 LAST X'],
  [parseAuth, ''],
  [parseAuth, 'PLAIN a b'],
]

for (const [parse, argument, value] of PARSED) {
  test(`${parse.name} ${argument}`, () => assert.deepEqual(parse(argument), value))
}
for (const [parse, argument] of REFUSED) {
  test(`${parse.name} refuses ${JSON.stringify(argument)}`, () => assert.throws(() => parse(argument), ParseError))
}

test('parameters that are not offered have an error of their own', () => {
  assert.throws(() => parseMail('FROM:<a@b.test> X-FOO=1'), UnknownParameterError)
  assert.throws(() => parseRcpt('TO:<a@b.test> X-FOO'), UnknownParameterError)
})

test('command lines', () => {
  const split = (line: string) => splitCommand(Buffer.from(line))
  assert.deepEqual(split('noop'), { verb: 'NOOP', argument: '' })
  assert.deepEqual(split('QUIT \t '), { verb: 'QUIT', argument: '' })
  assert.deepEqual(split('MAIL FROM:<ü@b.test>'), { verb: 'MAIL', argument: 'FROM:<ü@b.test>' })
  for (const line of ['', ' NOOP', 'NOOP\0', 'NOOP a\0b', 'NO-OP', 'NOOP\tx', '123', 'MAIL\u0000']) {
    assert.throws(() => split(line), ParseError, JSON.stringify(line))
  }
  assert.throws(() => splitCommand(Uint8Array.of(0x4e, 0x20, 0xff)), ParseError)
})

test('replies', () => {
  assert.equal(formatReply({ code: 220, lines: ['mx.test ESMTP'] }), '220 mx.test ESMTP\r\n')
  assert.equal(
    formatReply({ code: 250, lines: ['mx.test', 'PIPELINING', 'SIZE 1'] }),
    '250-mx.test\r\n250-PIPELINING\r\n250 SIZE 1\r\n',
  )
  assert.equal(formatReply(reply(550, '5.1.1', 'one', 'two')), '550-5.1.1 one\r\n550 5.1.1 two\r\n')
  assert.equal(formatReply(reply(250, '2.0.0', 'a\r\n250 b')), '250 2.0.0 a 250 b\r\n')
  assert.equal(formatReply(reply(250, '2.0.0', 'x'.repeat(1000))).length, 512)
})
