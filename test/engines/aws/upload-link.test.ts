/** A presigned PUT, as a program uses it: those octets, once, and no others. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { readWhole, sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Engine } from '../../../shared/ports/engine.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

describe('a link to put an object by', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: Engine
  before(async () => {
    world = await startAwsWorld()
    engine = world.open({ endpoint: world.emulator.endpoint })
  })
  after(async () => {
    await engine.close()
    await world.stop()
  })

  test('takes the octets it was made for, with the fields it names', async () => {
    const octets = randomBytes(100_000)
    const { length, sha256 } = sourceOf(octets)
    const { url, headers } = await engine.blobs.uploadLink('upload/demo/-/one', { seconds: 60, length, sha256 })
    const answer = await fetch(url, { method: 'PUT', headers, body: octets })
    assert.equal(answer.status, 200, await answer.text())
    assert.deepEqual(Buffer.from((await readWhole(engine.blobs, 'upload/demo/-/one'))!), octets)
    assert.equal((await engine.blobs.head('upload/demo/-/one'))!.sha256, sha256)
  })

  test('its signature holds length, digest and "put once"', async () => {
    const { length, sha256 } = sourceOf(randomBytes(10))
    const { url, headers } = await engine.blobs.uploadLink('upload/demo/-/two', { seconds: 60, length, sha256 })
    const query = new URL(url).searchParams
    const signed = query.get('X-Amz-SignedHeaders')!.split(';')
    for (const name of ['content-length', ...Object.keys(headers)]) assert.ok(signed.includes(name), name)
    assert.deepEqual(
      [...query.keys()].filter(
        (name) => name.toLowerCase().startsWith('x-amz-checksum') || name.startsWith('x-amz-meta'),
      ),
      [],
    )
  })
})
