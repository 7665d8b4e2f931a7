import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { BlobExistsError, BlobMismatchError, type BlobSource, listAll } from '../../shared/ports/blobs.ts'
import type { Queue } from '../../shared/ports/queue.ts'
import { holder, type Open, unique } from './opened.ts'

const KIB = 1024
/** On both sides of where an engine may keep objects differently. */
const SIZES = [0, 1, 20 * KIB, 64 * KIB, 64 * KIB + 1, 256 * KIB, 256 * KIB + 1, 1024 * KIB + 7]

/** Octets that come in chunks of odd sizes. */
function chunked(octets: Uint8Array, chunkOctets = 10_007): BlobSource {
  return {
    ...sourceOf(octets),
    async *open() {
      for (let at = 0; at < octets.length; at += chunkOctets) yield octets.subarray(at, at + chunkOctets)
    },
  }
}

/** Made again and again without being held: for objects larger than a test wants in memory. */
function endless(octets: number): BlobSource {
  const chunk = Buffer.alloc(64 * KIB, 'tubepost ')
  async function* open() {
    for (let at = 0; at < octets; at += chunk.length) yield chunk.subarray(0, Math.min(chunk.length, octets - at))
  }
  const digest = createHash('sha256')
  for (let at = 0; at < octets; at += chunk.length)
    digest.update(chunk.subarray(0, Math.min(chunk.length, octets - at)))
  return { length: octets, sha256: digest.digest('hex'), open }
}

/** Receives until a message names `name`; what else lies there belongs to other tests, and is taken away. */
async function announced(queue: Queue, name: string): Promise<boolean> {
  for (let tries = 0; tries < 10; tries++) {
    const messages = await queue.receive({ max: 10, visibilitySeconds: 30, waitSeconds: 2 })
    for (const message of messages) await queue.delete(message.receipt)
    if (messages.some(({ body }) => (JSON.parse(body) as { name: string }).name === name)) return true
  }
  return false
}

export function blobsContract(name: string, open: Open): void {
  describe(`blobs on ${name}`, () => {
    const opened = holder(open, { before, after })
    const blobs = () => opened().engine.blobs

    async function read(
      object: string,
      range?: { start: number; end: number },
      { fleeting = false } = {},
    ): Promise<Buffer | undefined> {
      const blob = await blobs().get(object, range, { fleeting })
      if (!blob) return undefined
      const chunks: Uint8Array[] = []
      for await (const chunk of blob.content) {
        assert.ok(chunk.length > 0 && chunk.length <= (fleeting ? 128 : 64) * KIB, `a chunk of ${chunk.length}`)
        chunks.push(Buffer.from(chunk))
      }
      return Buffer.concat(chunks)
    }

    const own = (kind = 'index') => `${kind}/contract/${unique()}`

    for (const size of SIZES) {
      it(`keeps ${size} octets with what is said of them`, async () => {
        const octets = randomBytes(size)
        const object = own()
        const earliest = Date.now() - 60_000
        await blobs().put(object, chunked(octets), { 'content-kind': 'a ~ b', second: '' })
        const info = {
          name: object,
          length: size,
          sha256: createHash('sha256').update(octets).digest('hex'),
          metadata: { 'content-kind': 'a ~ b', second: '' },
        }
        const { writtenAt, ...head } = (await blobs().head(object))!
        assert.deepEqual(head, info)
        assert.ok(writtenAt > earliest && writtenAt < Date.now() + 60_000)
        const { content, ...got } = (await blobs().get(object))!
        assert.deepEqual(got, { ...info, writtenAt })
        const chunks: Uint8Array[] = []
        for await (const chunk of content) chunks.push(Buffer.from(chunk))
        assert.ok(Buffer.concat(chunks).equals(octets))
      })

      it(`gives ranges of ${size} octets`, async () => {
        const octets = randomBytes(size)
        const object = own()
        await blobs().put(object, sourceOf(octets))
        const edges = [0, 1, 65_535, 65_536, 65_537, 131_072, size - 1, size, size + 1, size + 100_000]
        for (const start of edges.filter((edge) => edge >= 0)) {
          for (const end of [start, start + 1, start + 65_536, start + 70_000, size, size + 5]) {
            const wanted = end <= start ? Buffer.alloc(0) : octets.subarray(start, end)
            assert.ok((await read(object, { start, end }))!.equals(wanted), `${start}–${end}`)
            const copied = await read(object, { start, end }, { fleeting: true })
            assert.ok(copied!.equals(wanted), `${start}–${end}, chunk by chunk`)
          }
        }
      })
    }

    it('has nothing under a name never put', async () => {
      const object = own()
      assert.equal(await blobs().head(object), undefined)
      assert.equal(await blobs().get(object), undefined)
      assert.equal(await blobs().get(object, { start: 0, end: 1 }), undefined)
      await blobs().delete(object)
    })

    for (const size of [20 * KIB, 300 * KIB]) {
      it(`takes a repeat of ${size} octets, and changes nothing`, async () => {
        const octets = randomBytes(size)
        const object = own()
        await blobs().put(object, sourceOf(octets), { first: 'yes' })
        const before = await blobs().head(object)
        await blobs().put(object, sourceOf(octets), { first: 'no' })
        assert.deepEqual(await blobs().head(object), before)
        assert.ok((await read(object))!.equals(octets))
      })

      it(`refuses other octets under a name that has ${size}`, async () => {
        const octets = randomBytes(size)
        const object = own()
        await blobs().put(object, sourceOf(octets))
        await assert.rejects(blobs().put(object, sourceOf(randomBytes(size))), BlobExistsError)
        await assert.rejects(blobs().put(object, sourceOf(randomBytes(3))), BlobExistsError)
        assert.ok((await read(object))!.equals(octets))
      })

      it(`refuses ${size} octets that are not what they are said to be, and keeps nothing`, async () => {
        const object = own()
        const honest = sourceOf(randomBytes(size))
        const lies: BlobSource[] = [
          { ...honest, sha256: '0'.repeat(64) },
          { ...honest, length: size - 1 },
          { ...honest, length: size + 1 },
          { ...sourceOf(new Uint8Array()), length: size },
        ]
        for (const lie of lies) {
          await assert.rejects(blobs().put(object, lie), BlobMismatchError)
          assert.equal(await blobs().head(object), undefined)
        }
        await blobs().put(object, honest)
      })

      it(`lets a source of ${size} octets fail, and keeps nothing`, async () => {
        const object = own()
        const octets = randomBytes(size)
        const failing: BlobSource = {
          ...sourceOf(octets),
          async *open() {
            yield octets.subarray(0, size / 2)
            throw new Error('the spool is gone')
          },
        }
        await assert.rejects(blobs().put(object, failing), /the spool is gone/)
        assert.equal(await blobs().head(object), undefined)
        await blobs().put(object, sourceOf(octets))
        assert.ok((await read(object))!.equals(octets))
      })

      it(`lets one of many win a name with ${size} octets`, async () => {
        const object = own()
        const contents = Array.from({ length: 12 }, (_, index) => randomBytes(size).fill(index, 0, 1))
        const written = await Promise.allSettled(contents.map((octets) => blobs().put(object, sourceOf(octets))))
        const won = written.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
        assert.equal(won.length, 1)
        for (const result of written) {
          if (result.status === 'rejected') assert.ok(result.reason instanceof BlobExistsError, String(result.reason))
        }
        assert.ok((await read(object))!.equals(contents[won[0]!]!))
      })

      it(`lets all of many win a name with the same ${size} octets`, async () => {
        const object = own()
        const octets = randomBytes(size)
        await Promise.all(Array.from({ length: 12 }, () => blobs().put(object, sourceOf(octets))))
        assert.ok((await read(object))!.equals(octets))
      })

      it(`deletes ${size} octets, after which the name is free`, async () => {
        const object = own()
        await blobs().put(object, sourceOf(randomBytes(size)))
        await blobs().delete(object)
        assert.equal(await blobs().head(object), undefined)
        const other = randomBytes(size)
        await blobs().put(object, sourceOf(other))
        assert.ok((await read(object))!.equals(other))
      })
    }

    it('purges all below a prefix, what was deleted before too, and nothing beside it', async () => {
      const folder = `raw/purged-${unique()}`
      for (const [name, size] of [
        ['a', 10],
        ['b', 300 * KIB],
        ['c/d', 0],
      ] as const) {
        await blobs().put(`${folder}/${name}`, sourceOf(randomBytes(size)))
      }
      await blobs().put(`${folder}0`, sourceOf(randomBytes(5)))
      await blobs().put(`${folder}/gone`, sourceOf(randomBytes(7)))
      await blobs().delete(`${folder}/gone`)
      const first = await blobs().purge(`${folder}/`)
      assert.ok(first.versions >= 3 && first.octets >= 300 * KIB + 10, JSON.stringify(first))
      while ((await blobs().purge(`${folder}/`)).versions > 0);
      assert.deepEqual(await blobs().list(`${folder}/`), [])
      assert.ok(await blobs().head(`${folder}0`))
      assert.equal((await blobs().purge(`${folder}/none`)).versions, 0)
    })

    it('frees what a reading holds that ends early', async () => {
      const object = own()
      const octets = randomBytes(2048 * KIB)
      await blobs().put(object, sourceOf(octets))
      for (let reading = 0; reading < 100; reading++) {
        const blob = await blobs().get(object)
        for await (const chunk of blob!.content) {
          assert.ok(chunk.length > 0)
          break
        }
        await blobs().get(object) // and one that never begins
      }
      assert.ok((await read(object))!.equals(octets))
    })

    it('takes 50 MiB without holding them', async () => {
      const source = endless(50 * 1024 * KIB)
      const object = own()
      const held = () => process.memoryUsage().arrayBuffers
      let highest = 0
      const watched: BlobSource = {
        ...source,
        async *open() {
          for await (const chunk of source.open()) {
            highest = Math.max(highest, held())
            yield chunk
          }
        },
      }
      const before = held()
      await blobs().put(object, watched)
      assert.ok(highest - before < 16 * 1024 * KIB, `${highest - before} octets held`)
      assert.equal((await blobs().head(object))!.length, source.length)
      await blobs().delete(object)
    })

    it('gives small objects whole and in their order, where it can do so for many', async () => {
      const { getMany } = blobs()
      if (getMany === undefined) return
      const all = [randomBytes(0), randomBytes(20), randomBytes(64 * KIB), randomBytes(300 * KIB)]
      const names = all.map(() => own())
      for (const [index, octets] of all.entries()) await blobs().put(names[index]!, chunked(octets))
      const found = await getMany([names[1]!, own(), names[0]!, names[2]!, names[3]!, names[1]!])
      for (const [index, octets] of [all[1], undefined, all[0], all[2], all[3], all[1]].entries()) {
        // None where there is none, or where it is for `get` to tell.
        if (found[index] !== undefined) assert.deepEqual(Buffer.from(found[index]), octets)
      }
      assert.ok(found[0] !== undefined && found[1] === undefined && found[5] !== undefined)
      await assert.rejects(getMany(Array.from({ length: 101 }, () => names[0]!)), RangeError)
    })

    describe('lists', () => {
      const folder = `index/list-${unique()}`
      const names = ['A', 'a', 'a ', 'a!', 'a/', 'a/b', 'a/b/c', 'a0', 'aa', 'b~', 'z'].map(
        (rest) => `${folder}/${rest}`,
      )
      before(async () => {
        for (const [index, object] of names.toReversed().entries()) {
          await blobs().put(object, sourceOf(new Uint8Array(index)))
        }
        await blobs().put(`${folder}0`, sourceOf(new Uint8Array(1)))
      })

      const listed = async (...args: Parameters<ReturnType<typeof blobs>['list']>) =>
        (await blobs().list(...args)).map((entry) => entry.name)

      it('in the order of octets, with length and time', async () => {
        const entries = await blobs().list(`${folder}/`)
        assert.deepEqual(
          entries.map(({ name: object, length }) => [object, length]),
          names.map((object, index) => [object, names.length - 1 - index]),
        )
        for (const { writtenAt } of entries) assert.ok(Math.abs(writtenAt - Date.now()) < 600_000)
      })

      it('by any prefix, whole names and folders alike', async () => {
        assert.deepEqual(await listed(`${folder}/a`), names.slice(1, 9))
        assert.deepEqual(await listed(`${folder}/a/`), names.slice(4, 7))
        assert.deepEqual(await listed(`${folder}/a/b/c`), [names[6]])
        assert.deepEqual(await listed(`${folder}/q`), [])
        assert.deepEqual(await listed(folder), [...names, `${folder}0`])
      })

      it('after a name, be it there or not', async () => {
        assert.deepEqual(await listed(`${folder}/`, { after: names[3]! }), names.slice(4))
        assert.deepEqual(await listed(`${folder}/`, { after: `${folder}/a/a` }), names.slice(5))
        assert.deepEqual(await listed(`${folder}/`, { after: names.at(-1)! }), [])
        assert.deepEqual(await listed(`${folder}/a`, { after: `${folder}/A` }), names.slice(1, 9))
      })

      it('by pages', async () => {
        assert.deepEqual(await listed(`${folder}/`, { limit: 4 }), names.slice(0, 4))
        for (const limit of [1, 3, 11, 12]) {
          const found: string[] = []
          const limited = {
            list: (prefix: string, options: object = {}) => blobs().list(prefix, { ...options, limit }),
          }
          for await (const entry of listAll(limited, `${folder}/`)) found.push(entry.name)
          assert.deepEqual(found, names)
        }
      })
    })

    for (const [kind, queue] of [
      ['raw', 'arrivals'],
      ['outbox', 'outgoing'],
    ] as const) {
      for (const size of [20 * KIB, 300 * KIB]) {
        it(`tells ${queue} of a new object of ${size} octets under ${kind}/`, async () => {
          const object = own(kind)
          await blobs().put(object, sourceOf(randomBytes(size)))
          assert.ok(await announced(opened().engine.queues[queue], object))
        })
      }
    }

    describe('refuses', () => {
      const source = sourceOf(new Uint8Array(1))
      it('names that are none', async () => {
        for (const object of ['', 'index/ä', 'index/\n', `index/${'x'.repeat(895)}`])
          await assert.rejects(blobs().put(object, source), RangeError)
        await blobs().put(`index/contract/${unique()}/`.padEnd(900, 'x'), source)
      })

      it('metadata that are none', async () => {
        for (const metadata of [{ a: 'ä' }, { a: '\r\n' }, { a: 'x'.repeat(2000) }])
          await assert.rejects(blobs().put(own(), source, metadata), RangeError)
        const largest = { a: 'x'.repeat(1999) }
        const object = own()
        await blobs().put(object, source, largest)
        assert.deepEqual((await blobs().head(object))!.metadata, largest)
      })
    })

    it('makes a link', async () => {
      const object = own('raw')
      await blobs().put(object, sourceOf(randomBytes(10)))
      const link = new URL(
        await blobs().link(object, { seconds: 300, filename: 'a "b" ü.pdf', contentType: 'application/pdf' }),
      )
      assert.match(link.protocol, /^https?:$/)
    })

    it('makes a link to put an object by', async () => {
      const { length, sha256 } = sourceOf(randomBytes(10))
      const { url } = await blobs().uploadLink(own(), { seconds: 300, length, sha256 })
      assert.match(new URL(url).protocol, /^https?:$/)
      await assert.rejects(blobs().uploadLink(own(), { seconds: 300, length: -1, sha256 }), RangeError)
      await assert.rejects(blobs().uploadLink(own(), { seconds: 300, length, sha256: 'none' }), RangeError)
    })
  })
}
