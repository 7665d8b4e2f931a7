import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatList, formatNamespace, parseList, parseLsub } from '../../../shared/codec/imap/list.ts'
import { parseTable, REFUSED } from './parse-table.ts'

const PLAIN = { reference: '', selection: new Set(), returns: new Set(), extended: false }

parseTable('LIST', parseList, [
  ['LIST "" *', { ...PLAIN, patterns: ['*'] }],
  ['LIST "" ""', { ...PLAIN, patterns: [''] }],
  ['LIST ~/Mail/ %', { ...PLAIN, reference: '~/Mail/', patterns: ['%'] }],
  ['LIST "" "&AOk-%"', { ...PLAIN, patterns: ['é%'] }],
  ['LIST "" inbox', { ...PLAIN, patterns: ['INBOX'] }],
  ['LIST "" {3+}\r\na/%', { ...PLAIN, patterns: ['a/%'] }],
  ['LIST (SUBSCRIBED) "" "*"', { ...PLAIN, patterns: ['*'], selection: new Set(['SUBSCRIBED']), extended: true }],
  ['LIST () "" ("INBOX" "Drafts" "Sent/%")', { ...PLAIN, patterns: ['INBOX', 'Drafts', 'Sent/%'], extended: true }],
  [
    'LIST (recursivematch subscribed) "" "%" RETURN (children SPECIAL-USE)',
    {
      ...PLAIN,
      patterns: ['%'],
      selection: new Set(['RECURSIVEMATCH', 'SUBSCRIBED']),
      returns: new Set(['CHILDREN', 'SPECIAL-USE']),
      extended: true,
    },
  ],
  [
    'LIST "" % RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))',
    { ...PLAIN, patterns: ['%'], returns: new Set(['SUBSCRIBED']), status: ['MESSAGES', 'UNSEEN'], extended: true },
  ],
  ['LIST "" % return ()', { ...PLAIN, patterns: ['%'], extended: true }],
  ['LIST (RECURSIVEMATCH) "" *', REFUSED],
  ['LIST (RECURSIVEMATCH REMOTE) "" *', REFUSED],
  ['LIST (FOO) "" *', REFUSED],
  ['LIST "" * RETURN (FOO)', REFUSED],
  ['LIST "" * RETURN', REFUSED],
  ['LIST "" ()', REFUSED],
  [`LIST "" ${'*'.repeat(1025)}`, REFUSED],
  ['LIST ""', REFUSED],
])
parseTable('LIST in UTF-8', parseList, [['LIST "" "\xc3\xa9*"', { ...PLAIN, patterns: ['é*'] }]], true)
parseTable('LSUB', parseLsub, [
  ['LSUB "#news." "comp.mail.*"', { reference: '#news.', pattern: 'comp.mail.*' }],
  ['LSUB (SUBSCRIBED) "" *', REFUSED],
])

test('LIST responses', () => {
  const mailbox = { attributes: ['\\HasNoChildren', '\\Sent'], separator: '/', name: 'Envoyés' }
  assert.equal(formatList('LIST', mailbox, false), '* LIST (\\HasNoChildren \\Sent) "/" Envoy&AOk-s\r\n')
  assert.equal(formatList('LIST', mailbox, true), '* LIST (\\HasNoChildren \\Sent) "/" "Envoy\xc3\xa9s"\r\n')
  assert.equal(formatList('LSUB', { attributes: [], separator: null, name: 'NIL' }, false), '* LSUB () NIL "NIL"\r\n')
  assert.equal(
    formatList('LIST', { attributes: ['\\Noselect'], separator: '/', name: '' }, false),
    '* LIST (\\Noselect) "/" ""\r\n',
  )
  assert.equal(
    formatList(
      'LIST',
      { attributes: [], separator: '/', name: 'Foo', childInfo: ['SUBSCRIBED'], oldName: 'Bar' },
      false,
    ),
    '* LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" (Bar))\r\n',
  )
  assert.equal(formatNamespace('', '/'), '* NAMESPACE (("" "/")) NIL NIL\r\n')
})
