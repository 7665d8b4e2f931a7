/** Like a day's mail: an alternative of text and HTML, with the header of a mailing list. */
export function dailyMessage(number: number): Uint8Array {
  const text = `Hello Alice,\r\n\r\nthis is number ${number} of many.\r\n${'Some words that are read. '.repeat(20)}\r\n`
  return Buffer.from(
    `Return-Path: <sender${number % 100}@example.net>\r\nReceived: from example.net ([192.0.2.1])\r\n\tby mx.demo.test with ESMTP id ${number};\r\n` +
      `\tMon, 23 Nov 2026 10:00:00 +0000\r\nFrom: Sender ${number % 100} <sender${number % 100}@example.net>\r\nTo: Alice <alice@demo.test>\r\n` +
      `Subject: Message number ${number}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${number}@example.net>\r\n` +
      `MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b${number}"\r\n\r\n` +
      `--b${number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n` +
      `--b${number}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>${text}</p>\r\n--b${number}--\r\n`,
  )
}

/** A text beside an attachment of 20 MiB. */
export function largeMessage(): Uint8Array {
  const line = `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk'.repeat(2).slice(0, 76)}\r\n`
  return Buffer.from(
    'From: ann@example.net\r\nTo: alice@demo.test\r\nSubject: large\r\nMIME-Version: 1.0\r\n' +
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n' +
      '--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
      `${line.repeat(Math.ceil((20 * 1024 * 1024) / line.length))}--b--\r\n`,
  )
}
