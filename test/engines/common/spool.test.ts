import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool } from '../../../shared/engines/common/spool.ts'
import type { SpoolWriter } from '../../../shared/ports/spool.ts'

const KIB = 1024
/** Of a spool whose messages share a MiB: the most for one of them. */
const SHARE = 64 * KIB

/** Files of the folder that the process has open: they have no name any more. */
async function openFiles(folder: string): Promise<number> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return links.filter((link) => link.startsWith(folder)).length
}

test('what is beyond its own bound waits in the memory that all share, up to its share and while there is some', {
  skip: process.platform !== 'linux' && 'open files are told by /proc',
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-spool-'))
  t.after(() => rm(folder, { recursive: true }))
  const spool = openSpool(folder, { sharedOctets: 16 * SHARE })
  const filled = async (octets: number): Promise<SpoolWriter> => {
    const writer = spool.create({ memoryOctets: KIB })
    for (let left = octets; left > 0; left -= KIB) await writer.write(randomBytes(KIB))
    return writer
  }
  const many = async (count: number, octets: number) => {
    const writers: SpoolWriter[] = []
    while (writers.length < count) writers.push(await filled(octets))
    return writers
  }

  const first = await many(15, SHARE + KIB)
  assert.equal(await openFiles(folder), 0)
  const long = await filled(SHARE + 2 * KIB)
  assert.equal(await openFiles(folder), 1, 'more than its share')
  const last = await filled(SHARE + KIB)
  assert.equal(await openFiles(folder), 1, 'the long one has let its memory go')
  const late = await filled(2 * KIB)
  assert.equal(await openFiles(folder), 2, 'nothing is left to share')
  for (const writer of [...first, long, last, late]) {
    const source = await writer.finish()
    let length = 0
    for await (const chunk of source.open()) length += chunk.length
    assert.equal(length, source.length)
    await writer.discard()
    await writer.discard()
  }
  assert.equal(await openFiles(folder), 0)
  const again = await many(16, SHARE + KIB)
  assert.equal(await openFiles(folder), 0)
  for (const writer of again) await writer.discard()
})
