/**
 * Every port call of the road goes wrong in every way, one at a time; afterwards everything is counted again. The short form samples the
 * calls evenly; TUBEPOST_FAULTS=all takes them all.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { embeddedGrounds } from './ground.ts'
import { preparation, report, runWithFaults } from './road.ts'
import { ROADS } from './roads/roads.ts'

const ALL = process.env['TUBEPOST_FAULTS'] === 'all'
const SAMPLED = Number(process.env['TUBEPOST_FAULTS'] || 18)

// What is tried here fails on purpose, thousands of times.
setLogLevel('error')

describe('a fault at every call of the road', () => {
  for (const road of ROADS) {
    test(road.name, { timeout: 3_600_000 }, async (t) => {
      const grounds = await embeddedGrounds(preparation(road))
      try {
        const runs = await runWithFaults(road, grounds, ALL ? {} : { runs: SAMPLED })
        t.diagnostic(`${runs.length} runs of ${runs[0]!.calls.length} calls`)
        assert.equal(report(runs), '')
      } finally {
        await grounds.close()
      }
    })
  }
})
