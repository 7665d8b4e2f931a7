/** The road with faults at its port calls, as in test/faults/, on the AWS engine: sampled, as every call goes over a wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openAwsEngine } from '../../shared/engines/aws/engine.ts'
import { setLogLevel } from '../../shared/log.ts'
import type { Engine } from '../../shared/ports/engine.ts'
import type { QueueName } from '../../shared/ports/queue.ts'
import type { Grounds, Prepare } from '../faults/ground.ts'
import { metOf, preparation, report, runWithFaults } from '../faults/road.ts'
import { ROADS } from '../faults/roads/roads.ts'
import { settableClock } from '../house.ts'
import { type Emulator, skipWithoutEmulator, startEmulator } from './ministack.ts'
import { makeResources } from './resources.ts'

/** Runs of each road; all of them take hours here. */
const { TUBEPOST_FAULTS } = process.env
const SAMPLED = TUBEPOST_FAULTS === 'all' ? Number.POSITIVE_INFINITY : Number(TUBEPOST_FAULTS || 1)
/** The emulator's queues keep real time: short, and waited for. */
const VISIBILITY_SECONDS = 1
const ANNOUNCED: Readonly<Record<string, QueueName>> = { raw: 'arrivals', outbox: 'outgoing' }

/** The bucket's notifications, which a deployment sets up. */
function announcing(engine: Engine): Engine {
  const { blobs, queues } = engine
  return {
    ...engine,
    blobs: {
      ...blobs,
      async put(name, source, metadata) {
        await blobs.put(name, source, metadata)
        const queue = ANNOUNCED[name.slice(0, name.indexOf('/'))]
        if (queue !== undefined) await queues[queue].send(JSON.stringify({ name }))
      },
    },
  }
}

/** A table, a bucket and queues of its own for each run. */
function awsGrounds(emulator: Emulator, prepare: Prepare): Grounds {
  return {
    async open() {
      const clock = settableClock()
      const resources = await makeResources(emulator)
      const engine = announcing(openAwsEngine({ ...resources, attempts: 4, clock }))
      const elapse = async (ms: number) => {
        clock.advance(ms)
        await setTimeout(VISIBILITY_SECONDS * 1100)
      }
      const ground = { engine, visibilitySeconds: VISIBILITY_SECONDS, elapse, close: () => engine.close() }
      return { ground, cast: await prepare(ground) }
    },
    close: async () => undefined,
  }
}

setLogLevel('error')

describe('faults on the road, on AWS', { skip: skipWithoutEmulator }, () => {
  let emulator: Emulator
  before(async () => {
    emulator = await startEmulator()
  })
  after(() => emulator.stop())

  const all = { met: 0, faulty: 0 }
  // Each waits for queues most of its time.
  describe('roads', { concurrency: 3 }, () => {
    for (const road of ROADS.filter(({ movesQueueTime }) => !movesQueueTime)) {
      test(road.name, { timeout: 3_600_000 }, async (t) => {
        const runs = await runWithFaults(road, awsGrounds(emulator, preparation(road)), { runs: SAMPLED })
        t.diagnostic(`${runs.length} runs of ${runs[0]!.calls.length} calls`)
        // How often a road calls its ports here depends on what the emulator keeps it waiting for: a call that was drawn may not come.
        assert.equal(report(runs, 0), '')
        const { met, faulty } = metOf(runs)
        all.met += met
        all.faulty += faulty
      })
    }
  })

  test('of the faults drawn on all roads together a third or more were met', () => {
    assert.ok(all.met * 3 >= all.faulty, `${all.met} of ${all.faulty}`)
  })
})
