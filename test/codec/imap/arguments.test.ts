import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAppend, parseAppendEnd, parseNextAppend, parseReplace } from '../../../shared/codec/imap/append.ts'
import { parseAuthenticate, parseAuthenticateLine } from '../../../shared/codec/imap/authenticate.ts'
import { parseCopy, parseUidExpunge } from '../../../shared/codec/imap/copy.ts'
import { formatEnabled, parseCompress, parseEnable } from '../../../shared/codec/imap/enable.ts'
import { formatId, parseId } from '../../../shared/codec/imap/id.ts'
import { parseLogin } from '../../../shared/codec/imap/login.ts'
import { parseCreate, parseMailbox, parseRename } from '../../../shared/codec/imap/mailbox-commands.ts'
import { formatQuota, formatQuotaRoot, parseGetQuota, parseSetQuota } from '../../../shared/codec/imap/quota.ts'
import { parseSelect } from '../../../shared/codec/imap/select.ts'
import { STAR } from '../../../shared/codec/imap/sequence-set.ts'
import { formatStatus, parseStatus } from '../../../shared/codec/imap/status.ts'
import { parseStore } from '../../../shared/codec/imap/store.ts'
import { Cursor } from '../../../shared/codec/imap/tokens.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { parseTable, REFUSED } from './parse-table.ts'

parseTable('LOGIN', parseLogin, [
  ['LOGIN SMITH SESAME', { user: 'SMITH', password: 'SESAME' }],
  ['LOGIN "a\\"b" "\\\\ "', { user: 'a"b', password: '\\ ' }],
  ['LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man', { user: 'FRED FOOBAR', password: 'fat man' }],
  ['LOGIN me "p\xc3\xa9"', { user: 'me', password: 'pé' }],
  ['LOGIN me "p\xe9"', { user: 'me', password: 'pé' }],
  ['LOGIN me ""', { user: 'me', password: '' }],
  ['LOGIN me ]', { user: 'me', password: ']' }],
  ['LOGIN me', REFUSED],
  ['LOGIN me x y', REFUSED],
  ['LOGIN me  x', REFUSED],
  ['LOGIN me "x', REFUSED],
  ['LOGIN me "\\x"', REFUSED],
  ['LOGIN me x"', REFUSED],
  ['LOGIN me ~{1+}\r\nx', REFUSED],
  ['LOGIN me {1+}\r\n\0', REFUSED],
])

parseTable('AUTHENTICATE', parseAuthenticate, [
  ['AUTHENTICATE plain', { mechanism: 'PLAIN' }],
  ['AUTHENTICATE PLAIN =', { mechanism: 'PLAIN', initialResponse: new Uint8Array() }],
  ['AUTHENTICATE PLAIN AHRlc3QAdGVzdA==', { mechanism: 'PLAIN', initialResponse: Buffer.from('\0test\0test') }],
  ['AUTHENTICATE SCRAM-SHA-256', { mechanism: 'SCRAM-SHA-256' }],
  ['AUTHENTICATE PLAIN AHRlc3QAdGVzdA', REFUSED],
  ['AUTHENTICATE PLAIN AHR lc3QAdGVzdA==', REFUSED],
  ['AUTHENTICATE PLAIN {1+}\r\nx', REFUSED],
])

test('answers to a SASL challenge', () => {
  assert.equal(parseAuthenticateLine('*'), null)
  assert.deepEqual(parseAuthenticateLine(''), Buffer.alloc(0))
  assert.deepEqual(parseAuthenticateLine('eA=='), Buffer.from('x'))
  assert.throws(() => parseAuthenticateLine('eA'), ParseError)
})

parseTable('SELECT', parseSelect, [
  ['SELECT inbox', { mailbox: 'INBOX', condstore: false }],
  ['SELECT "&AOk-t&AOk-"', { mailbox: 'été', condstore: false }],
  ['SELECT {3+}\r\nbox (CONDSTORE)', { mailbox: 'box', condstore: true }],
  [
    'SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))',
    {
      mailbox: 'INBOX',
      condstore: false,
      qresync: {
        uidvalidity: 67890007,
        modseq: 9007199254740991,
        knownUids: [
          [41, 41],
          [43, 211],
          [214, 541],
        ],
      },
    },
  ],
  [
    'SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541 (1,3 2,7)))',
    {
      mailbox: 'INBOX',
      condstore: false,
      qresync: {
        uidvalidity: 67890007,
        modseq: 9007199254740991,
        knownUids: [
          [41, 211],
          [214, 541],
        ],
        match: {
          numbers: [
            [1, 1],
            [3, 3],
          ],
          uids: [
            [2, 2],
            [7, 7],
          ],
        },
      },
    },
  ],
  [
    'SELECT INBOX (QRESYNC (1 2 (1 2)) CONDSTORE)',
    {
      mailbox: 'INBOX',
      condstore: true,
      qresync: { uidvalidity: 1, modseq: 2, match: { numbers: [[1, 1]], uids: [[2, 2]] } },
    },
  ],
  ['SELECT INBOX (QRESYNC (1 2))', { mailbox: 'INBOX', condstore: false, qresync: { uidvalidity: 1, modseq: 2 } }],
  ['SELECT INBOX (QRESYNC (1 2 1:*))', REFUSED],
  ['SELECT INBOX (QRESYNC (0 2))', REFUSED],
  ['SELECT INBOX (X)', REFUSED],
  ['SELECT ""', REFUSED],
  ['SELECT', REFUSED],
])

parseTable('mailbox', parseMailbox, [
  ['DELETE foo/bar', { mailbox: 'foo/bar' }],
  ['DELETE "a b"', { mailbox: 'a b' }],
  ['DELETE a&b', REFUSED],
  ['DELETE "\xc3\xa9"', { mailbox: 'é' }],
  ['DELETE "\xe9"', REFUSED],
  ['DELETE {1+}\r\n\x07', REFUSED],
  ['DELETE a b', REFUSED],
])
parseTable(
  'mailbox in UTF-8',
  parseMailbox,
  [
    ['DELETE "\xc3\xa9t\xc3\xa9"', { mailbox: 'été' }],
    ['DELETE a&b', { mailbox: 'a&b' }],
    ['DELETE "\xe9"', REFUSED],
  ],
  true,
)

parseTable('CREATE', parseCreate, [
  ['CREATE owatagusiam/', { mailbox: 'owatagusiam/', use: [] }],
  ['CREATE MySpecial (USE (\\Drafts \\Sent))', { mailbox: 'MySpecial', use: ['\\drafts', '\\sent'] }],
  ['CREATE x (USE ())', { mailbox: 'x', use: [] }],
  ['CREATE x (USE Drafts)', REFUSED],
  ['CREATE x (FOO)', REFUSED],
])
parseTable('RENAME', parseRename, [
  ['RENAME blurdybloop sarasoop', { from: 'blurdybloop', to: 'sarasoop' }],
  ['RENAME inbox "old mail"', { from: 'INBOX', to: 'old mail' }],
  ['RENAME x', REFUSED],
])

parseTable('STATUS', parseStatus, [
  ['STATUS blurdybloop (UIDNEXT MESSAGES uidnext)', { mailbox: 'blurdybloop', items: ['UIDNEXT', 'MESSAGES'] }],
  [
    'STATUS x (HIGHESTMODSEQ SIZE MAILBOXID APPENDLIMIT DELETED)',
    { mailbox: 'x', items: ['HIGHESTMODSEQ', 'SIZE', 'MAILBOXID', 'APPENDLIMIT', 'DELETED'] },
  ],
  ['STATUS x ()', REFUSED],
  ['STATUS x (MESSAGES  UNSEEN)', REFUSED],
  ['STATUS x (FOO)', REFUSED],
  ['STATUS x', REFUSED],
])
test('a STATUS response', () => {
  const values = { MESSAGES: 231, UIDNEXT: 44292, MAILBOXID: 'M1', APPENDLIMIT: null }
  assert.equal(
    formatStatus('blurdy bloop', ['UIDNEXT', 'MESSAGES', 'SIZE', 'MAILBOXID', 'APPENDLIMIT'], values, false),
    '* STATUS "blurdy bloop" (UIDNEXT 44292 MESSAGES 231 MAILBOXID (M1) APPENDLIMIT NIL)\r\n',
  )
})

const FEB_7 = Date.UTC(1994, 1, 8, 5, 52, 25)
parseTable('APPEND', parseAppend, [
  [
    'APPEND saved-messages (\\Seen) {2+}\r\nhi',
    { mailbox: 'saved-messages', message: { flags: ['\\Seen'], utf8: false } },
  ],
  ['APPEND {3+}\r\nbox {2+}\r\nhi', { mailbox: 'box', message: { flags: [], utf8: false } }],
  [
    'APPEND box () " 7-Feb-1994 21:52:25 -0800" {2+}\r\nhi',
    { mailbox: 'box', message: { flags: [], internalDateMs: FEB_7, utf8: false } },
  ],
  [
    'APPEND box (\\seen $Junk) "07-Feb-1994 21:52:25 -0800" UTF8 (~{2+}\r\nhi)',
    { mailbox: 'box', message: { flags: ['\\Seen', '$Junk'], internalDateMs: FEB_7, utf8: true } },
  ],
  ['APPEND box (\\Recent) {2+}\r\nhi', REFUSED],
  ['APPEND box x {2+}\r\nhi', REFUSED],
  ['APPEND box "message"', REFUSED],
  ['APPEND box', REFUSED],
])
parseTable('REPLACE', parseReplace, [
  [
    'REPLACE 4 Drafts (\\Draft) {2+}\r\nhi',
    { replaces: 4, mailbox: 'Drafts', message: { flags: ['\\Draft'], utf8: false } },
  ],
  ['REPLACE 0 Drafts {2+}\r\nhi', REFUSED],
])
test('what follows a message of APPEND', () => {
  const args = (text: string) => new Cursor({ text, literals: [] })
  const plain = { flags: [], utf8: false }
  const utf8 = { flags: [], utf8: true }
  assert.deepEqual(parseNextAppend(args(' (\\Flagged) '), plain), { flags: ['\\Flagged'], utf8: false })
  assert.deepEqual(parseNextAppend(args(') UTF8 ('), utf8), { flags: [], utf8: true })
  parseAppendEnd(args(''), plain)
  parseAppendEnd(args(')'), utf8)
  assert.throws(() => parseAppendEnd(args(')'), plain), ParseError)
  assert.throws(() => parseAppendEnd(args(''), utf8), ParseError)
  assert.throws(() => parseNextAppend(args('x'), plain), ParseError)
})

parseTable('STORE', parseStore, [
  ['STORE 2:4 +FLAGS (\\Deleted)', { messages: [[2, 4]], change: 'add', flags: ['\\Deleted'], silent: false }],
  [
    'STORE 1:* -flags.silent \\Seen $x',
    { messages: [[1, STAR]], change: 'remove', flags: ['\\Seen', '$x'], silent: true },
  ],
  ['UID STORE $ FLAGS ()', { messages: '$', change: 'set', flags: [], silent: false }],
  [
    'STORE 7,5,9 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\\Deleted)',
    {
      messages: [
        [7, 7],
        [5, 5],
        [9, 9],
      ],
      change: 'add',
      flags: ['\\Deleted'],
      silent: true,
      unchangedSince: 320162338,
    },
  ],
  [
    'STORE 1 (UNCHANGEDSINCE 0) FLAGS \\Seen',
    { messages: [[1, 1]], change: 'set', flags: ['\\Seen'], silent: false, unchangedSince: 0 },
  ],
  [
    'STORE 1 (UNCHANGEDSINCE 9223372036854775807) FLAGS \\Seen',
    { messages: [[1, 1]], change: 'set', flags: ['\\Seen'], silent: false, unchangedSince: Number.MAX_SAFE_INTEGER },
  ],
  ['STORE 1 +FLAGS \\Foo', REFUSED],
  ['STORE 1 +FLAGS \\Recent', REFUSED],
  ['STORE 1 +FLAGS', REFUSED],
  ['STORE 1 *FLAGS \\Seen', REFUSED],
  ['STORE 1 FLAGS.LOUD \\Seen', REFUSED],
  ['STORE 1 +FLAGS (\\Seen', REFUSED],
  ['STORE 0 +FLAGS \\Seen', REFUSED],
])

parseTable('COPY', parseCopy, [
  ['COPY 2:4 MEETING', { messages: [[2, 4]], mailbox: 'MEETING' }],
  ['UID MOVE 42:69 foo', { messages: [[42, 69]], mailbox: 'foo' }],
  ['COPY 2:4', REFUSED],
  ['COPY x MEETING', REFUSED],
])
parseTable('UID EXPUNGE', parseUidExpunge, [
  ['UID EXPUNGE 3000:3002', { messages: [[3000, 3002]] }],
  ['UID EXPUNGE', REFUSED],
])

parseTable('ID', parseId, [
  ['ID NIL', []],
  ['ID ()', []],
  ['ID ( "name" "x" )', [['name', 'x']]],
  [
    'ID ("name" "sodr" "Version" "19.34" "vendor" NIL)',
    [
      ['name', 'sodr'],
      ['version', '19.34'],
      ['vendor', null],
    ],
  ],
  ['ID ("name")', REFUSED],
  [`ID (${Array(31).fill('"a" "b"').join(' ')})`, REFUSED],
  ['ID', REFUSED],
])
test('an ID response', () => {
  assert.equal(
    formatId([
      ['name', 'Tubepost'],
      ['x', null],
    ]),
    '* ID ("name" "Tubepost" "x" NIL)\r\n',
  )
  assert.equal(formatId([]), '* ID NIL\r\n')
})

parseTable('ENABLE', parseEnable, [
  ['ENABLE condstore UTF8=ACCEPT', { capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] }],
  ['ENABLE', REFUSED],
  ['ENABLE ', REFUSED],
])
test('an ENABLED response', () => {
  assert.equal(formatEnabled(['CONDSTORE']), '* ENABLED CONDSTORE\r\n')
  assert.equal(formatEnabled([]), '* ENABLED\r\n')
})
parseTable('COMPRESS', parseCompress, [['COMPRESS deflate', { algorithm: 'DEFLATE' }]])

parseTable('GETQUOTA', parseGetQuota, [['GETQUOTA ""', { root: '' }]])
parseTable('SETQUOTA', parseSetQuota, [
  [
    'SETQUOTA "" (STORAGE 512 MESSAGE 10)',
    {
      root: '',
      limits: [
        { resource: 'STORAGE', limit: 512 },
        { resource: 'MESSAGE', limit: 10 },
      ],
    },
  ],
  ['SETQUOTA "" ()', { root: '', limits: [] }],
  ['SETQUOTA "" (STORAGE)', REFUSED],
])
test('QUOTA responses', () => {
  assert.equal(formatQuota('', [{ resource: 'STORAGE', usage: 10, limit: 512 }]), '* QUOTA "" (STORAGE 10 512)\r\n')
  assert.equal(formatQuotaRoot('INBOX', [''], false), '* QUOTAROOT INBOX ""\r\n')
})
