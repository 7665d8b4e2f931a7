import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanContent } from '../../shared/flows/arrivals/scan-content.ts'
import { decodeView, encodeView } from '../../shared/store/view-codec.ts'
import type { View } from '../../shared/store/views.ts'
import { SCAN } from '../house.ts'

const SHA = 'ab'.repeat(32)

/** The values of a view, whatever holds them. */
function plain(view: View): View {
  const {
    envelope,
    structure,
    headerFields,
    headerFieldsMissing,
    messageIds,
    sizeOctets,
    unterminated,
    preview,
    objectSha256,
    receivedSha256,
  } = view
  const octets = Buffer.from(headerFields)
  return {
    envelope,
    structure,
    headerFields: octets,
    headerFieldsMissing,
    messageIds,
    sizeOctets,
    unterminated,
    preview,
    objectSha256,
    receivedSha256,
  }
}

const MESSAGES = {
  empty: '',
  plain: 'From: a@b.c\r\nSubject: x\r\n\r\nhello\r\n',
  'sender and reply-to of their own':
    'From: a@b.c\r\nSender: s@b.c\r\nReply-To: r@b.c, a@b.c\r\nTo: g: x@y.z;\r\nCc: a@b.c\r\n\r\n',
  'eight-bit header': 'Subject: \xe9\xff\r\nFrom: "\xfc" <a@b.c>\r\n\r\n\xe9',
  mixed:
    'Message-ID: <1@x>\r\nReferences: <a@x> <b@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n' +
    'Content-Type: text/plain; charset=utf-8\r\nContent-Language: de, en\r\nContent-ID: <c@x>\r\nContent-Description: d\r\n\r\ntext\r\n--b\r\n' +
    'Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename*0*=a; filename*1=b\r\nContent-Location: http://x/\r\nContent-MD5: q\r\n\r\n' +
    'From: i@n.n\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\none\r\n--i--\r\n--b--\r\n',
  'a long header field': `X-Long: ${'x'.repeat(3000)}\r\nReferences: ${'<aaaaaaaaaaaa@bbbbbbbbbbbb> '.repeat(200)}\r\n\r\n`,
}

for (const [name, text] of Object.entries(MESSAGES)) {
  test(`a view is the same after being packed: ${name}`, async () => {
    async function* content() {
      yield Buffer.from(text, 'latin1')
    }
    const view = await scanContent(content(), SHA, SCAN)
    const octets = encodeView(view)
    assert.deepEqual(plain(decodeView(octets)), plain(view))
    assert.ok(Buffer.from(encodeView(decodeView(octets))).equals(octets), 'and packs to the same octets')
  })
}

test('a usual message has a view of less than 2 KB', async () => {
  const text =
    'Return-Path: <sender@example.net>\r\nReceived: from mail.example.net (mail.example.net [192.0.2.1])\r\n\tby mx.demo.test with ESMTPS id 01a20836;\r\n' +
    '\tMon, 23 Nov 2026 10:00:00 +0000\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s1; h=from:to:subject:date; bh=' +
    `${'A'.repeat(44)};\r\n b=${'B'.repeat(344)}\r\nFrom: Some Sender <sender@example.net>\r\nTo: Alice <alice@demo.test>\r\n` +
    'Subject: The minutes of our meeting on Tuesday\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <CAF1234567890@mail.example.net>\r\n' +
    'References: <CAF0987654321@mail.example.net>\r\nIn-Reply-To: <CAF0987654321@mail.example.net>\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: multipart/alternative; boundary="000000000000abcdef"\r\n\r\n--000000000000abcdef\r\n' +
    `Content-Type: text/plain; charset="UTF-8"\r\n\r\n${'Some words. '.repeat(40)}\r\n--000000000000abcdef\r\n` +
    `Content-Type: text/html; charset="UTF-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>${'Some words. '.repeat(40)}</p>\r\n--000000000000abcdef--\r\n`
  async function* content() {
    yield Buffer.from(text)
  }
  const { length } = encodeView(await scanContent(content(), SHA, SCAN))
  assert.ok(length < 2048, `${length} octets`)
})
