import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseAddressList } from '../../../shared/codec/mime/address-list.ts'

/** Addresses in short: "name <adl mailbox @ host>" with NIL for null. */
function short(value: string): string[] {
  return parseAddressList(value).map(({ name, adl, mailbox, host }) =>
    [name, adl, mailbox, host].map((each) => each ?? 'NIL').join('|'),
  )
}

const CASES: [value: string, is: string[]][] = [
  ['', []],
  [' , ,', []],
  ['john@x.test', ['NIL|NIL|john|x.test']],
  // RFC 5322 appendix A
  ['John Doe <jdoe@machine.example>', ['John Doe|NIL|jdoe|machine.example']],
  ['"Joe Q. Public" <john.q.public@example.com>', ['Joe Q. Public|NIL|john.q.public|example.com']],
  [
    'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
    ['Mary Smith|NIL|mary|x.test', 'NIL|NIL|jdoe|example.org', 'Who?|NIL|one|y.test'],
  ],
  [
    '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
    ['NIL|NIL|boss|nil.test', 'Giant; "Big" Box|NIL|sysservices|example.net'],
  ],
  [
    'A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;',
    [
      'NIL|NIL|A Group|NIL',
      'Ed Jones|NIL|joe|where.test',
      'NIL|NIL|joe|where.test',
      'John|NIL|jdoe|one.test',
      'NIL|NIL|NIL|NIL',
    ],
  ],
  ['Undisclosed recipients:;', ['NIL|NIL|Undisclosed recipients|NIL', 'NIL|NIL|NIL|NIL']],
  ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', ['Pete|NIL|pete|silly.test']],
  [
    "A Group(Some people):Chris Jones <c@(Chris's host.)public.example>, joe@example.org, John <jdoe@one.test> (my dear friend); (the end of the group)",
    [
      'NIL|NIL|A Group|NIL',
      'Chris Jones|NIL|c|public.example',
      'NIL|NIL|joe|example.org',
      'John|NIL|jdoe|one.test',
      'NIL|NIL|NIL|NIL',
    ],
  ],
  [
    '(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;',
    ['NIL|NIL|Hidden recipients|NIL', 'NIL|NIL|NIL|NIL'],
  ],
  ['Joe Q. Public <john.q.public@example.com>', ['Joe Q. Public|NIL|john.q.public|example.com']],
  [
    'Mary Smith <@node.test,@other.test:mary@example.net>, , jdoe@test   . example',
    ['Mary Smith|@node.test,@other.test|mary|example.net', 'NIL|NIL|jdoe|test.example'],
  ],
  // the comment is the name where there is no phrase (RFC 822 mailers)
  ['john@x.test (John Doe)', ['John Doe|NIL|john|x.test']],
  ['john@x.test (John (the first) Doe)', ['John (the first) Doe|NIL|john|x.test']],
  // quoting is removed (RFC 9051 §7.5.2), encoded words and raw octets stay
  ['"john doe"@x.test', ['NIL|NIL|john doe|x.test']],
  ['=?utf-8?q?J=C3=B6rg?= <j@x.test>', ['=?utf-8?q?J=C3=B6rg?=|NIL|j|x.test']],
  ['J\xc3\xa0\xe4 <j\xa0@x.test>', ['J\xc3\xa0\xe4|NIL|j\xa0|x.test']],
  ['j@[192.0.2.1], j@[IPv6:2001:db8::1]', ['NIL|NIL|j|[192.0.2.1]', 'NIL|NIL|j|[IPv6:2001:db8::1]']],
  // garbage: what can be read of it
  ['John Doe john@x.test', ['John Doe|NIL|john|x.test']],
  ['john', ['NIL|NIL|john|']],
  ['John Doe', ['NIL|NIL|John Doe|']],
  ['<>', ['NIL|NIL||']],
  ['a@b@c', ['NIL|NIL|a@b|c']],
  ['<a@x, b@y', ['NIL|NIL|a|x', 'NIL|NIL|b|y']],
  ['"John <john@x.test>', ['"John|NIL|john|x.test']],
  ['(John <john@x.test>', ['(John|NIL|john|x.test']],
  ['a@x; b@y', ['NIL|NIL|a|x', 'NIL|NIL|b|y']],
  ['G: a@x', ['NIL|NIL|G|NIL', 'NIL|NIL|a|x', 'NIL|NIL|NIL|NIL']],
  ['mailto:a@x', ['NIL|NIL|mailto|NIL', 'NIL|NIL|a|x', 'NIL|NIL|NIL|NIL']],
  ['@', ['NIL|NIL||']],
  ['a <b <c@x>>, d@y', ['a|NIL|c|x', 'NIL|NIL|d|y']],
]

describe('address-list', () => {
  for (const [value, is] of CASES) test(JSON.stringify(value), () => assert.deepEqual(short(value), is))

  test('any string gives addresses, and groups are opened before they are closed', () => {
    const piece = fc.constantFrom(
      '"',
      '(',
      ')',
      '<',
      '>',
      '@',
      ',',
      ';',
      ':',
      '[',
      ']',
      '\\',
      ' ',
      '.',
      'a',
      'b',
      '\xe4',
      '\0',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        let open = false
        for (const { mailbox, host } of parseAddressList(pieces.join(''))) {
          if (host !== null) continue
          assert.equal(open, mailbox === null)
          open = mailbox !== null
        }
        assert.equal(open, false)
      }),
      { numRuns: 1000 },
    )
  })

  test('a field of a quarter of a million octets of any one kind is read in one pass', () => {
    for (const bomb of [
      '(',
      '"',
      '[',
      '<',
      '@',
      ':',
      'a:',
      ';',
      'a ',
      '\\',
      '("',
      'a@b:',
      '<a',
      '(a)',
      '"a"',
      '.',
      '<@',
    ]) {
      const value = bomb.repeat(Math.floor(250_000 / bomb.length))
      assert.ok(parseAddressList(value).length <= value.length)
      assert.ok(parseAddressList(`a a a @ ${value}`).length <= value.length + 1)
    }
  })
})
