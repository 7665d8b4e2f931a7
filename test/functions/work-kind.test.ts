import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type WorkKind, workKind } from '../../functions/door-only/work-kind.ts'
import { ROOT } from '../../infra/bundle.ts'
import { event } from './deployed-function.ts'

/** Each function's events are what the one function finds in its one queue. */
const KINDS: Record<string, WorkKind> = {
  'index-message': 'arrivals',
  'send-message': 'outgoing',
  feedback: 'feedback',
  fold: 'jobs',
  'ses-door': 'door',
}
/** They are nobody's, and done with by whoever gets them. */
const SETUP: Record<string, WorkKind> = { 'send-message/test-event': 'arrivals' }

describe('the one queue', () => {
  for (const [folder, kind] of Object.entries(KINDS)) {
    for (const file of readdirSync(join(ROOT, 'events', folder))) {
      const name = `${folder}/${file.replace('.json', '')}`
      if (name.endsWith('/garbage')) continue
      test(`${name} is for ${SETUP[name] ?? kind}`, () => {
        for (const { body } of event(name).Records) assert.equal(workKind(body), SETUP[name] ?? kind)
      })
    }
  }

  test('the sweep queues by name', () => {
    assert.equal(workKind('{"name":"raw/demo/x"}'), 'arrivals')
    assert.equal(workKind('{"name":"outbox/demo/x"}'), 'outgoing')
  })

  test('anything else throws', () => {
    for (const body of ['', 'null', '1', '{}', '{"name":"door/x"}', '{"Records":[{}]}']) {
      assert.throws(() => workKind(body), body)
    }
  })
})
