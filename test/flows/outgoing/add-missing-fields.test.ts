import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addMissingFields } from '../../../shared/flows/outgoing/add-missing-fields.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { message } from '../../house.ts'
import { openDeliveryHouse, startSmarthost, submit, workOff } from '../delivery/delivery-house.ts'

async function added(text: string): Promise<string> {
  const { open, length, sha256 } = await addMissingFields(sourceOf(Buffer.from(text)), { messageId: 'i@d.test', at: 0 })
  const chunks: Uint8Array[] = []
  for await (const chunk of open()) chunks.push(chunk)
  const octets = Buffer.concat(chunks)
  assert.deepEqual([length, sha256], [octets.length, sourceOf(octets).sha256])
  return octets.toString()
}

const DATE = 'Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n'
const ID = 'Message-ID: <i@d.test>\r\n'

describe('fields that a program left out', () => {
  for (const [text, wanted] of [
    ['Subject: x\r\n\r\ny\r\n', DATE + ID],
    ['Subject: x\r\nDATE: today\r\n\r\ny\r\n', ID],
    ['message-id : <x@y>\r\n\r\nDate: no field\r\n', DATE],
    ['Date: x\r\nMessage-Id:\r\n <x@y>\r\n\r\n', ''],
    ['\r\nbody alone\r\n', DATE + ID],
    ['Resent-Date: x\r\nResent-Message-ID: <x@y>\r\n', DATE + ID],
    ['', DATE + ID],
  ] as const) {
    it(`are added to ${JSON.stringify(text)}`, async () => {
      assert.equal(await added(text), wanted + text)
    })
  }

  it('are of the sender, and before what it wrote', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await submit(house, ['a@b.test'], Buffer.from('From: alice@demo.test\r\nSubject: scan\r\n\r\nx\r\n'))
    await submit(house, ['a@b.test'], message('complete', 'x\r\n', 'Date: then\r\nMessage-ID: <its@own>\r\n'))
    await workOff(house)
    const [scan, complete] = smarthost.received.map(({ octets }) => octets.toString())
    assert.match(scan!, /\r\nDate: .*\r\nMessage-ID: <[0-9a-f-]{36}@demo\.test>\r\nFrom: /)
    assert.deepEqual(complete!.match(/^(Date|Message-ID):.*$/gm), ['Date: then', 'Message-ID: <its@own>'])
  })
})
