/**
 * Every port call of the road goes wrong in every way, one at a time; afterwards everything is counted again. The short form samples the
 * calls evenly; TUBEPOST_FAULTS=all takes them all.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { type Cast, makeCast } from './cast.ts'
import { embeddedGrounds } from './ground.ts'
import { runWithFaults } from './road.ts'
import { ROADS } from './roads/roads.ts'

const ALL = process.env['TUBEPOST_FAULTS'] === 'all'
const SAMPLED = Number(process.env['TUBEPOST_FAULTS'] || 18)

// What is tried here fails on purpose, thousands of times.
setLogLevel('error')

describe('a fault at every call of the road', () => {
  for (const road of ROADS) {
    test(road.name, { timeout: 3_600_000 }, async (t) => {
      let cast: Cast | undefined
      const grounds = await embeddedGrounds(async (ground) => {
        const store = openStore(ground.engine)
        cast = await makeCast(store)
        await road.prepare(store, ground, cast)
      })
      try {
        const runs = await runWithFaults(road, cast!, grounds, ALL ? {} : { runs: SAMPLED })
        t.diagnostic(`${runs.length} runs of ${runs[0]!.calls.length} calls`)
        const wrong = runs.filter(({ faults }) => faults.length > 0)
        const told = wrong.slice(0, 8).map(({ fault, met, faults }) => ({ ...fault, met, faults: faults.slice(0, 4) }))
        assert.equal(wrong.length, 0, `${wrong.length} of ${runs.length} runs: ${JSON.stringify(told, undefined, 1)}`)
        assert.ok(runs.slice(1).filter(({ met }) => met !== undefined).length > (runs.length - 1) * 0.8)
      } finally {
        await grounds.close()
      }
    })
  }
})
