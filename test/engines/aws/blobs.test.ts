/** Objects over the wire: one PUT each, never over another, whole or not at all, whatever happens to requests and answers. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import type { AwsEngine } from '../../../shared/engines/aws/engine.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { BlobExistsError, BlobMismatchError, type BlobSource } from '../../../shared/ports/blobs.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type Fault, s3Error } from '../../aws/wire-proxy.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

/** A busy emulator takes its time, but not as long. */
const SILENCE_MS = 800
const MIB = 1024 * 1024

/** Octets that differ from place to place, in chunks of odd sizes. */
function source(length: number, opened: { times: number } = { times: 0 }): BlobSource {
  const octets = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; at++) octets[at] = (at * 31 + (at >> 8)) & 0xff
  return {
    length,
    sha256: createHash('sha256').update(octets).digest('hex'),
    async *open() {
      opened.times += 1
      for (let at = 0; at < length; at += 70_001) yield octets.subarray(at, at + 70_001)
    },
  }
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

describe('objects on S3', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let name = ''
  let names = 0

  before(async () => {
    world = await startAwsWorld()
    engine = world.open({ singlePutOctets: 8 * MIB, partOctets: 5 * MIB })
  })
  after(() => world.stop())
  beforeEach(() => {
    name = `raw/demo/${names++}`
    world.proxy.fault = () => undefined
    world.proxy.seen.length = 0
  })

  /** The first `times` requests of this operation get the fault. */
  function faultOn(operation: string, fault: Fault, times = 1): () => number {
    let met = 0
    world.proxy.fault = (wire) => (wire.operation === operation && met++ < times ? fault : undefined)
    return () => met
  }

  async function holds(expected: BlobSource): Promise<void> {
    const found = await engine.blobs.get(name)
    assert.ok(found)
    assert.equal(found.length, expected.length)
    assert.equal(found.sha256, expected.sha256)
    assert.equal(await digestOf(found.content), expected.sha256)
  }

  it('puts with one request, its length and its digest', async () => {
    const content = source(20 * 1024)
    await engine.blobs.put(name, content, { envelope: 'packed' })
    const requests = world.proxy.seen
    assert.deepEqual(
      requests.map(({ operation }) => operation),
      ['S3.PUT'],
    )
    const { headers } = requests[0]!
    assert.equal(headers['content-length'], String(content.length))
    assert.equal(headers['if-none-match'], '*')
    assert.equal(headers['x-amz-checksum-sha256'], Buffer.from(content.sha256, 'hex').toString('base64'))
    await holds(content)
    assert.deepEqual((await engine.blobs.head(name))?.metadata, { envelope: 'packed' })
  })

  const putFaults: [string, Fault][] = [
    ['the answer is dropped', { kind: 'drop-answer' }],
    ['the request is dropped', { kind: 'drop-request' }],
    ['the request comes twice', { kind: 'duplicate' }],
    ['SlowDown', s3Error('SlowDown', 503)],
    ['InternalError', s3Error('InternalError', 500)],
    ['another write of the name is under way', s3Error('ConditionalRequestConflict', 409)],
  ]
  for (const [what, fault] of putFaults) {
    for (const length of [0, 1000, 3 * MIB]) {
      it(`put of ${length} octets: ${what}`, async () => {
        const content = source(length)
        const met = faultOn('S3.PUT', fault)
        await engine.blobs.put(name, content)
        assert.ok(met() > 0)
        await holds(content)
      })
    }
  }

  it('a repeat is no error, another content is', async () => {
    const content = source(1000)
    await engine.blobs.put(name, content, { first: '1' })
    await engine.blobs.put(name, content, { first: '2' })
    assert.deepEqual((await engine.blobs.head(name))?.metadata, { first: '1' })
    await assert.rejects(engine.blobs.put(name, source(1001)), BlobExistsError)
    await holds(content)
  })

  it('of many writers one wins', async () => {
    const written = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => engine.blobs.put(name, source(1000 + index))),
    )
    assert.equal(written.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  for (const length of [0, 100, 3 * MIB, 12 * MIB]) {
    const true_ = source(length)
    const wrong: [string, BlobSource][] = [
      ['another digest', { ...true_, sha256: '0'.repeat(64) }],
      ['fewer octets', { ...true_, length: length + 1 }],
      ['more octets', { ...source(length + 1), length }],
    ]
    for (const [what, content] of wrong) {
      it(`${length} octets with ${what} leave nothing`, async () => {
        await assert.rejects(engine.blobs.put(name, content), BlobMismatchError)
        assert.equal(await engine.blobs.head(name), undefined)
      })
    }
  }

  it('a source that breaks off ends the put with its own error', async () => {
    const broken: BlobSource = {
      ...source(3 * MIB),
      async *open() {
        yield new Uint8Array(MIB)
        throw new Error('the disk is gone')
      },
    }
    await assert.rejects(engine.blobs.put(name, broken), /disk is gone/)
    assert.equal(await engine.blobs.head(name), undefined)
  })

  describe('in parts', () => {
    const content = source(12 * MIB + 17)
    it('goes up in pieces, and comes back whole and by range', async () => {
      await engine.blobs.put(name, content, { envelope: 'packed' })
      assert.equal(world.proxy.seen.filter(({ operation }) => operation === 'S3.PUT ?partNumber').length, 3)
      await holds(content)
      await engine.blobs.put(name, content)
      await assert.rejects(engine.blobs.put(name, source(9 * MIB)), BlobExistsError)
      await assert.rejects(engine.blobs.put(name, source(9)), BlobExistsError)
      assert.deepEqual((await engine.blobs.head(name))?.metadata, { envelope: 'packed' })
    })

    for (const operation of ['S3.POST ?uploads', 'S3.PUT ?partNumber', 'S3.POST ?uploadId']) {
      for (const fault of [{ kind: 'drop-answer' }, { kind: 'drop-request' }, s3Error('SlowDown', 503)] as Fault[]) {
        it(`${operation}: ${fault.kind}`, async () => {
          const met = faultOn(operation, fault)
          await engine.blobs.put(name, content)
          assert.ok(met() > 0)
          await holds(content)
        })
      }
    }

    it('leaves no parts behind where it fails', async () => {
      await assert.rejects(engine.blobs.put(name, { ...content, sha256: '0'.repeat(64) }), BlobMismatchError)
      const { endpoint, region, credentials, bucket } = world.resources
      const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: name }))
      s3.destroy()
      assert.deepEqual(Uploads, [])
    })
  })

  describe('reading', () => {
    it('goes on where a download broke off', async () => {
      const content = source(3 * MIB)
      await engine.blobs.put(name, content)
      const met = faultOn('S3.GET', { kind: 'cut-answer', octets: 100_000 }, 3)
      await holds(content)
      assert.ok(met() >= 3)
    })

    it('goes on where a connection fell silent, and where the reader was slow', async () => {
      const content = source(3 * MIB)
      const impatient = world.open({ silenceMs: SILENCE_MS })
      await impatient.blobs.put(name, content)
      const met = faultOn('S3.GET', { kind: 'stall-answer', octets: 100_000 }, 5)
      const found = await impatient.blobs.get(name)
      assert.equal(await digestOf(found!.content), content.sha256)
      assert.ok(met() > 4)
      world.proxy.fault = () => undefined
      const again = await impatient.blobs.get(name)
      const hash = createHash('sha256')
      let chunks = 0
      for await (const chunk of again!.content) {
        hash.update(chunk)
        if (chunks++ === 3) await new Promise((resolve) => setTimeout(resolve, 2 * SILENCE_MS))
      }
      assert.equal(hash.digest('hex'), content.sha256)
    })

    it('ends in an error where it breaks off again and again', async () => {
      await engine.blobs.put(name, source(MIB))
      faultOn('S3.GET', { kind: 'cut-answer', octets: 1 }, Number.POSITIVE_INFINITY)
      await assert.rejects(holds(source(MIB)), /broke off/)
    })

    it('reads ranges as the port says', async () => {
      const octets = Buffer.from('0123456789')
      await engine.blobs.put(name, sourceOf(octets))
      const rows: [start: number, end: number, expected: string][] = [
        [0, 10, '0123456789'],
        [0, 1, '0'],
        [3, 7, '3456'],
        [8, 100, '89'],
        [10, 20, ''],
        [50, 60, ''],
        [3, 3, ''],
        [0, Number.MAX_SAFE_INTEGER, '0123456789'],
      ]
      for (const [start, end, expected] of rows) {
        const found = await engine.blobs.get(name, { start, end })
        assert.equal(found?.length, 10)
        assert.equal(Buffer.concat(await Array.fromAsync(found.content)).toString(), expected, `${start}–${end}`)
      }
      assert.equal(await engine.blobs.get(`${name}-absent`, { start: 0, end: 1 }), undefined)
    })

    it('lets go of the connection where the reader stops', async () => {
      const one = world.open({ connections: 1 })
      await one.blobs.put(name, source(3 * MIB))
      for (let times = 0; times < 3; times++) {
        const found = await one.blobs.get(name)
        for await (const chunk of found!.content) {
          assert.ok(chunk.length > 0)
          break
        }
      }
      assert.ok(await one.blobs.head(name))
    })
  })

  it('lists in order, page by page, and repeats what was throttled', async () => {
    const prefix = `index/demo/${names}/`
    for (const at of [3, 1, 2, 11]) await engine.blobs.put(`${prefix}${at}`, sourceOf(Buffer.from(String(at))))
    faultOn('S3.GET ?list-type', s3Error('SlowDown', 503), 2)
    const entries = await engine.blobs.list(prefix)
    assert.deepEqual(
      entries.map(({ name: entry }) => entry.slice(prefix.length)),
      ['1', '11', '2', '3'],
    )
    const after1 = await engine.blobs.list(prefix, { after: `${prefix}1`, limit: 2 })
    assert.deepEqual(
      after1.map(({ name: entry }) => entry.slice(prefix.length)),
      ['11', '2'],
    )
    assert.deepEqual(await engine.blobs.list(prefix, { after: `${prefix}3` }), [])
  })

  it('links open without credentials, as an attachment of that name', async () => {
    await engine.blobs.put(name, sourceOf(Buffer.from('content')))
    // The host is signed: a link is opened where it was made for.
    const direct = world.open({ endpoint: world.emulator.endpoint })
    const link = await direct.blobs.link(name, { seconds: 300, filename: 'Grüße "1".txt', contentType: 'text/plain' })
    const response = await fetch(link)
    assert.equal(await response.text(), 'content')
    assert.equal(response.headers.get('content-type'), 'text/plain')
    assert.equal(
      response.headers.get('content-disposition'),
      `attachment; filename="Gr__e _1_.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt`,
    )
    assert.equal(new URL(link).searchParams.get('X-Amz-Expires'), '300')
  })
})
