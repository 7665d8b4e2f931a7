import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBodyStructure } from '../../shared/codec/imap/body-structure.ts'
import { formatEnvelope } from '../../shared/codec/imap/envelope.ts'
import { scanContent } from '../../shared/flows/arrivals/scan-content.ts'
import { WantedFields } from '../../shared/store/field-list.ts'
import { FoldedListing, ViewListing } from '../../shared/store/listing.ts'
import { encodeSegment, SegmentHead } from '../../shared/store/segment-codec.ts'
import { encodeText } from '../../shared/store/text-frame.ts'

const MESSAGES = [
  'From: a@b.c\r\nSubject: plain\r\nX-Mine: no\r\n\r\ntext\r\n',
  'From: "Gr\u00fcn" <a@b.c>\r\nSubject: gr\u00fcn\r\nContent-Type: message/global\r\n\r\nSubject: gr\u00fcn\r\n\r\ninside\r\n',
  '',
]

async function folded() {
  const views = await Promise.all(
    MESSAGES.map((text) =>
      scanContent(
        (async function* () {
          yield Buffer.from(text)
        })(),
        '',
        { mimeLevels: 100, mimeParts: 100 },
      ),
    ),
  )
  const text = encodeText({ header: '', body: '', whole: true })
  const segment = await encodeSegment(views.map((view, index) => ({ uid: 10 * (index + 1), view, text })))
  return { views, segment }
}

test('a folded message shows what its view shows, to each kind of client', async () => {
  const { views, segment } = await folded()
  const head = new SegmentHead(segment.octets.subarray(0, segment.viewsOctets))
  const [envelopes, structures, fields, packed] = await Promise.all([
    head.section('envelopes'),
    head.section('structures'),
    head.section('fields'),
    head.section('views'),
  ])
  const columns = { fieldNames: head.fieldNames, envelopes, structures, fields, views: packed }
  for (const [index, view] of views.entries()) {
    assert.equal(head.indexOf(10 * (index + 1)), index)
    const [listing, unfolded] = [new FoldedListing(columns, index), new ViewListing(view)]
    for (const utf8 of [false, true]) {
      assert.equal(listing.envelope(utf8), formatEnvelope(view.envelope, utf8))
      assert.equal(listing.structure(utf8), formatBodyStructure(view.structure, { extended: true, rev2: utf8 }))
      assert.equal(unfolded.envelope(utf8), listing.envelope(utf8))
      assert.equal(unfolded.structure(utf8), listing.structure(utf8))
    }
    for (const names of [['From', 'Subject'], ['Cc'], ['X-Mine']]) {
      const wanted = new WantedFields(names)
      assert.equal(listing.headerFields(wanted), unfolded.headerFields(wanted), names.join(' '))
    }
    assert.deepEqual({ ...listing.view.envelope }, { ...view.envelope })
  }
  assert.equal(head.indexOf(15), -1)
  assert.equal(head.indexOf(40), -1)
})

test('what was unpacked is told to whoever counts memory', async () => {
  const { segment } = await folded()
  let octets = 0
  const head = new SegmentHead(segment.octets.subarray(0, segment.viewsOctets), (more) => {
    octets += more
  })
  await head.section('envelopes')
  const once = octets
  assert.ok(once > 0)
  await head.section('envelopes')
  assert.equal(octets, once)
})

test('octets of another format are no head', () => {
  assert.throws(() => new SegmentHead(Buffer.from([4, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd, 0, 0])))
})
