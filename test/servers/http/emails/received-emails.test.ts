/** What came in, by the official SDK; links without a key. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Resend } from 'resend'
import { arrive, message, settleQueues } from '../../../house.ts'
import { type ApiHouse, openApiHouse } from '../api-house.ts'

const PICTURE = Buffer.from('a picture')
const FULL = Buffer.from(
  [
    'From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.net>',
    'To: Alice <alice@demo.test>, other@example.net',
    'Cc: bob@demo.test',
    'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
    'Message-ID: <full@example.net>',
    'X-Folded: one',
    ' two',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=FC=DFe',
    '--a',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Grüße <img src="cid:pic@x"></p>',
    '--a--',
    '--r',
    'Content-Type: image/png',
    'Content-ID: <pic@x>',
    'Content-Transfer-Encoding: base64',
    '',
    PICTURE.toString('base64'),
    '--r--',
    '--m',
    "Content-Disposition: attachment; filename*=utf-8''n%C3%A4me.txt",
    'Content-Type: text/plain',
    '',
    'attached',
    '--m--',
    '',
  ].join('\r\n'),
)

describe('receiving with the resend package', () => {
  let house: ApiHouse
  let resend: Resend
  let ids: string[]
  before(async () => {
    house = await openApiHouse()
    resend = new Resend(house.key, { baseUrl: house.url })
    ids = []
    for (let at = 0; at < 5; at++) {
      ids.push(await arrive(house, [house.alice], message(`number ${at}`)))
      house.clock.advance(at * 3_600_000)
    }
    ids.push(await arrive(house, [house.alice, house.bob], FULL))
    await settleQueues(house)
  })
  after(() => house.close())

  test('the list, the newest first, both ways', async () => {
    const all = (await resend.emails.receiving.list()).data!
    assert.deepEqual(
      all.data.map(({ id }) => id),
      ids.toReversed(),
    )
    assert.equal(all.has_more, false)
    const page = async (options: { limit: number; after?: string; before?: string }) => {
      const { data } = await resend.emails.receiving.list(options as never)
      return [data!.data.map(({ id }) => ids.indexOf(id)), data!.has_more]
    }
    assert.deepEqual(await page({ limit: 2 }), [[5, 4], true])
    assert.deepEqual(await page({ limit: 2, after: ids[4]! }), [[3, 2], true])
    assert.deepEqual(await page({ limit: 4, after: ids[2]! }), [[1, 0], false])
    assert.deepEqual(await page({ limit: 2, before: ids[1]! }), [[3, 2], true])
    assert.deepEqual(await page({ limit: 9, before: ids[3]! }), [[5, 4], false])
  })

  test('one with texts, fields and attachments', async () => {
    const { data, error } = await resend.emails.receiving.get(ids[5]!)
    assert.equal(error, null)
    assert.equal(data!.from, 'Jörg <joerg@example.net>')
    assert.deepEqual(data!.to, ['Alice <alice@demo.test>', 'other@example.net'])
    assert.deepEqual(data!.cc, ['bob@demo.test'])
    assert.deepEqual(data!.bcc, []) // where null would be nothing to the SDK for Rust
    assert.equal(data!.subject, 'Grüße')
    assert.equal(data!.message_id, '<full@example.net>')
    assert.equal(data!.text, 'Grüße')
    assert.equal(data!.html, `<p>Grüße <img src="data:image/png;base64,${PICTURE.toString('base64')}"></p>`)
    assert.equal(data!.headers!['x-folded'], 'one two')
    assert.equal(data!.headers!['subject'], 'Grüße')
    assert.deepEqual(data!.received_for, [`${house.alice}@demo.test`, `${house.bob}@demo.test`])
    assert.deepEqual(
      data!.attachments.map(({ filename, content_type, content_id, content_disposition }) => [
        filename,
        content_type,
        content_id,
        content_disposition,
      ]),
      [
        ['attachment-3', 'image/png', 'pic@x', 'inline'],
        ['näme.txt', 'text/plain', null, 'attachment'],
      ],
    )
    const cid = await resend.emails.receiving.get(ids[5]!, { html_format: 'cid' })
    assert.match(cid.data!.html!, /src="cid:pic@x"/)
  })

  test('raw and attachments by links that need no key, for five minutes', async () => {
    const { data } = await resend.emails.receiving.get(ids[5]!)
    const raw = await fetch(data!.raw!.download_url)
    assert.equal(raw.status, 200)
    assert.match(raw.headers.get('content-disposition')!, /^attachment; filename="[0-9a-f-]+\.eml"/)
    assert.ok(
      Buffer.from(await raw.arrayBuffer())
        .subarray(-FULL.length)
        .equals(FULL),
    )

    const listed = (await resend.emails.receiving.attachments.list({ emailId: ids[5]! })).data!
    assert.deepEqual(
      listed.data.map(({ filename }) => filename),
      ['attachment-3', 'näme.txt'],
    )
    const [picture, text] = listed.data
    const shown = (await resend.emails.receiving.attachments.get({ emailId: ids[5]!, id: picture!.id })).data!
    const download = await fetch(shown.download_url)
    assert.equal(download.headers.get('content-type'), 'image/png')
    assert.ok(Buffer.from(await download.arrayBuffer()).equals(PICTURE))
    const name = await fetch(text!.download_url)
    assert.match(name.headers.get('content-disposition')!, /filename\*=UTF-8''n%C3%A4me\.txt/)
    assert.equal(await name.text(), 'attached')

    const forged = shown.download_url.replace(/signature=./, 'signature=_')
    assert.equal((await fetch(forged)).status, 404)
    house.clock.advance(5 * 60_000 + 1000)
    assert.equal((await fetch(shown.download_url)).status, 404)
  })

  test('paragraphs that flow are whole (RFC 3676)', async () => {
    const fields = 'Content-Type: text/plain; charset=utf-8; format=flowed\r\n'
    const id = await arrive(
      house,
      [house.alice],
      message('flowed', 'A long \r\nparagraph.\r\n\r\n> quoted \r\n> too\r\n', fields),
    )
    await settleQueues(house)
    const { data } = await resend.emails.receiving.get(id)
    assert.equal(data!.text, 'A long paragraph.\n\n> quoted too\n')
  })

  test('what there is not', async () => {
    assert.equal((await resend.emails.receiving.get('x')).error!.name, 'not_found')
    assert.equal(
      (await resend.emails.receiving.attachments.get({ emailId: ids[0]!, id: '9' })).error!.name,
      'not_found',
    )
    const forwarded = await resend.emails.receiving.forward({
      emailId: ids[5]!,
      to: 'x@example.net',
      from: 'alice@demo.test',
    })
    assert.equal(forwarded.error, null)
  })
})
