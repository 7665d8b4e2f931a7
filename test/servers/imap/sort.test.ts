import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { baseSubject, readSubject } from '../../../shared/servers/imap/base-subject.ts'
import { sentDay } from '../../../shared/servers/imap/sent-day.ts'
import { sentTime } from '../../../shared/servers/imap/sent-time.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

for (const [subject, base] of [
  ['Hello', 'hello'],
  ['Re: Hello', 'hello'],
  ['RE: [list] fwd: hello (fwd) (FWD)', 'hello'],
  ['re[2]: hello', 'hello'],
  ['[Fwd: Re: hello]', 'hello'],
  ['[only]', '[only]'],
  ['[a] [b] hello', 'hello'],
  ['  many\t spaces ', 'many spaces'],
  ['=?utf-8?q?Re=3A_gr=C3=BC=C3=9Fe?=', 'grüsse'],
  ['Re: ', ''],
  ['', ''],
  ['re:'.repeat(300), ''],
] as const) {
  test(`RFC 5256 §2.1: the base of ${JSON.stringify(subject.slice(0, 40))}`, () => {
    assert.equal(baseSubject(subject), base)
  })
}

for (const [subject, isReply] of [
  ['hello', false],
  ['[list] hello', false],
  ['[a] [b] hello', false],
  ['hello  you', false],
  ['hello\tyou', false],
  ['[only]', false],
  ['Reply to you', false],
  ['Straße', false],
  ['Re: hello', true],
  ['[list] Re: hello', true],
  ['Re: [list] hello', true],
  ['fw[2]: hello', true],
  ['hello (fwd)', true],
  ['[fwd: hello]', true],
  ['=?utf-8?q?Re=3A_gr=C3=BC=C3=9Fe?=', true],
  ['', false],
] as const) {
  test(`RFC 5256 §3: ${JSON.stringify(subject)} is ${isReply ? 'a' : 'no'} reply or forward`, () => {
    assert.equal(readSubject(subject).isReply, isReply)
  })
}

for (const [date, iso] of [
  ['Mon, 7 Feb 1994 21:52:25 -0800', '1994-02-08T05:52:25.000Z'],
  ['7 Feb 94 21:52 EST', '1994-02-08T02:52:00.000Z'],
  ['Thu, 01 Jan 1970 00:00:00 +0000 (UTC)', '1970-01-01T00:00:00.000Z'],
  ['Mon, 7 Feb 1994 21:52:25-0800', '1994-02-08T05:52:25.000Z'],
  ['Mon , (a (b\\) c) d) 7 (e) Feb 1994 21(f) : 52 : (g)25 -0800 (h)', '1994-02-08T05:52:25.000Z'],
  ['(noon) 7 Feb 1994 (12:34)', '1994-02-07T00:00:00.000Z'],
  ['7 Feb 1994 21:52 (never closed', '1994-02-07T21:52:00.000Z'],
  ['(7 Feb 1994)', undefined],
  ['Tue, 30 Feb 2021 10:00:00 +0000', undefined],
  ['yesterday', undefined],
] as const) {
  test(`the instant of ${date}`, () => {
    const time = sentTime(date)
    assert.equal(time === undefined ? undefined : new Date(time).toISOString(), iso)
    assert.equal(sentDay(date) === undefined, iso === undefined)
  })
}

let server: ImapServer
let client: ImapClient
before(async () => {
  server = await startImapServer()
  const message = (from: string, subject: string, date: string, body: string) =>
    `From: ${from}\r\nTo: x@y.z\r\nSubject: ${subject}\r\nDate: ${date}\r\n\r\n${body}\r\n`
  await server.seed('INBOX', [
    { text: message('Zoe <ann@a.b>', 'Re: beta', 'Mon, 7 Feb 1994 21:00:00 -0800', 'x'), date: 3000 },
    { text: message('carl@a.b', 'alpha', 'Tue, 8 Feb 1994 04:00:00 +0000', 'xxx'), date: 1000 },
    { text: message('Adam <bob@a.b>', 'beta', 'Tue, 8 Feb 1994 05:30:00 +0000', 'xx'), date: 2000 },
  ])
  client = await ImapClient.signedIn(server.port)
  await client.run('SELECT INBOX')
})
after(async () => {
  await client.close()
  await server.close()
})

for (const [order, response] of [
  ['(ARRIVAL)', '* SORT 2 3 1'],
  ['(REVERSE SIZE)', '* SORT 1 3 2'],
  ['(DATE)', '* SORT 2 1 3'],
  ['(SUBJECT REVERSE DATE)', '* SORT 2 3 1'],
  ['(SUBJECT)', '* SORT 2 1 3'],
  ['(FROM)', '* SORT 1 3 2'],
  ['(DISPLAYFROM)', '* SORT 3 2 1'],
  ['(CC)', '* SORT 1 2 3'],
] as const) {
  test(`SORT ${order}`, async () => {
    const [first, last] = await client.run(`SORT ${order} UTF-8 ALL`)
    assert.equal(first, response)
    assert.match(last!, /OK SORT completed/)
  })
}

test('SORT with RETURN tells the order as a set (RFC 5267 §3)', async () => {
  const [first] = await client.run('UID SORT RETURN (ALL COUNT MIN) (ARRIVAL) UTF-8 UNSEEN')
  assert.match(first!, /^\* ESEARCH \(TAG "t\d+"\) UID MIN 2 ALL 2:3,1 COUNT 3$/)
})
