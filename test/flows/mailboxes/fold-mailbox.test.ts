import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { Modseq } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { indexPrefix } from '../../../shared/store/keys.ts'
import { type House, openHouse, SCAN } from '../../house.ts'

/** More than a segment, and not yet two. */
const MESSAGES = 1100

let house: House
before(async () => {
  house = await openHouse()
  const { demo, inbox } = house
  const messages = Array.from({ length: MESSAGES }, (_, index) => ({
    source: sourceOf(Buffer.from(`Subject: number ${index}\r\n\r\nthe text of ${index}\r\n`)),
    flags: flagsOf([]),
  }))
  for (let at = 0; at < MESSAGES; at += 50) await appendMessages(demo, inbox, messages.slice(at, at + 50), SCAN)
})
after(() => house.close())

test('folds asked for at the same time make each segment once, and read each message once', async () => {
  const { demo, inbox, engine } = house
  const { blobs } = engine
  const [put, get, getMany] = [blobs.put.bind(blobs), blobs.get.bind(blobs), blobs.getMany!.bind(blobs)]
  const written: string[] = []
  let read = 0
  blobs.put = (name, ...rest) => {
    written.push(name)
    return put(name, ...rest)
  }
  blobs.get = (name, range) => {
    if (name.startsWith('raw/')) read += 1
    return get(name, range)
  }
  blobs.getMany = (names) => {
    read += names.length
    return getMany(names)
  }
  const modseq = await demo.replicas.use(inbox, async (replica) => replica.modseq as Modseq)
  await Promise.all([1, modseq - 1, modseq].map((upTo) => foldMailbox(demo, inbox, upTo as Modseq)))
  const segments = written.filter((name) => name.startsWith(indexPrefix(inbox)))
  assert.equal(segments.length, 2, `a segment and a snapshot: ${written.join(' ')}`)
  assert.equal(read, 1000)

  written.length = 0
  await foldMailbox(demo, inbox, modseq)
  assert.deepEqual(written, [], 'there is a snapshot of all that')
})
