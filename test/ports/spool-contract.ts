import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { BlobSource } from '../../shared/ports/blobs.ts'
import { holder, type Open } from './opened.ts'

const KIB = 1024

async function read(source: BlobSource): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.open()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

export function spoolContract(name: string, open: Open): void {
  describe(`spool on ${name}`, () => {
    const opened = holder(open, { before, after })
    const create = (memoryOctets: number) => opened().engine.spool.create({ memoryOctets })

    for (const size of [0, 1, 1000, 1001, 5000, 300 * KIB]) {
      for (const chunkOctets of [1000, 999, 70_000]) {
        it(`gives back ${size} octets written by ${chunkOctets}, as often as asked`, async () => {
          const octets = randomBytes(size)
          const writer = create(1000)
          for (let at = 0; at < size; at += chunkOctets) await writer.write(octets.subarray(at, at + chunkOctets))
          const source = await writer.finish()
          assert.equal(source.length, size)
          assert.equal(source.sha256, createHash('sha256').update(octets).digest('hex'))
          const [first, second] = await Promise.all([read(source), read(source)])
          assert.ok(first.equals(octets) && second.equals(octets))
          assert.ok((await read(source)).equals(octets))
          await writer.discard()
        })
      }
    }

    it('does not mind what becomes of a chunk once it is written', async () => {
      for (const memoryOctets of [0, 100]) {
        const writer = create(memoryOctets)
        const chunk = Buffer.from('before')
        await writer.write(chunk)
        chunk.write('after!')
        assert.equal(String(await read(await writer.finish())), 'before')
        await writer.discard()
      }
    })

    it('can be discarded at any time, and more than once', async () => {
      for (const memoryOctets of [10, 1000]) {
        const unfinished = create(memoryOctets)
        await unfinished.discard()
        await unfinished.discard()
        const written = create(memoryOctets)
        await written.write(randomBytes(100))
        await written.discard()
        const finished = create(memoryOctets)
        await finished.write(randomBytes(100))
        await finished.finish()
        await finished.discard()
        await finished.discard()
      }
    })

    it('ends a reading that is under way when it is discarded', async () => {
      const writer = create(0)
      for (let chunk = 0; chunk < 8; chunk++) await writer.write(randomBytes(64 * KIB))
      const source = await writer.finish()
      await assert.rejects(async () => {
        for await (const chunk of source.open()) {
          assert.ok(chunk.length > 0)
          await writer.discard()
        }
      }, /discarded/)
    })

    it('takes 50 MiB, of which it holds no more than 2', async () => {
      const writer = create(256 * KIB)
      const chunk = randomBytes(64 * KIB)
      const before = process.memoryUsage().arrayBuffers
      let highest = 0
      for (let written = 0; written < 50 * KIB * KIB; written += chunk.length) {
        await writer.write(chunk)
        highest = Math.max(highest, process.memoryUsage().arrayBuffers)
      }
      assert.ok(highest - before < 2 * KIB * KIB, `${highest - before} octets held`)
      const source = await writer.finish()
      const digest = createHash('sha256')
      for await (const piece of source.open()) digest.update(piece)
      assert.equal(digest.digest('hex'), source.sha256)
      await writer.discard()
    })
  })
}
