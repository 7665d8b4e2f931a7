/** The times that Resend's documentation schedules by, and those near them: https://resend.com/docs/dashboard/emails/schedule-email. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSpokenTime } from '../../../shared/flows/outgoing/spoken-time.ts'

/** A Wednesday; New York is five hours behind. */
const NOW = Date.parse('2026-11-25T20:30:15.250Z')
const SAID: [string, string][] = [
  ['in 1 min', '2026-11-25T20:31:15.250Z'],
  ['In 1 Hour', '2026-11-25T21:30:15.250Z'],
  ['in an hour', '2026-11-25T21:30:15.250Z'],
  ['in 1.5 hours', '2026-11-25T22:00:15.250Z'],
  ['in 1 hour and 30 minutes', '2026-11-25T22:00:15.250Z'],
  ['in 2 days, 3 hrs', '2026-11-27T23:30:15.250Z'],
  ['90 secs from now', '2026-11-25T20:31:45.250Z'],
  ['tomorrow at 9am', '2026-11-26T09:00:00.000Z'],
  ['next day at 9am PST', '2026-11-26T17:00:00.000Z'],
  ['tomorrow', '2026-11-26T20:30:15.250Z'],
  ['today at 11:45 pm', '2026-11-25T23:45:00.000Z'],
  ['today at 8am', '2026-11-25T08:00:00.000Z'],
  ['Friday at 3pm ET', '2026-11-27T20:00:00.000Z'],
  ['friday 15:00 America/New_York', '2026-11-27T20:00:00.000Z'],
  ['Wednesday at 9pm', '2026-11-25T21:00:00.000Z'],
  ['wed at 8pm', '2026-12-02T20:00:00.000Z'],
  ['next Wednesday at 9pm', '2026-12-02T21:00:00.000Z'],
  ['this Sunday at noon', '2026-11-29T12:00:00.000Z'],
  ['on Monday at midnight +02:00', '2026-11-29T22:00:00.000Z'],
  // Already the next day there.
  ['tomorrow at 9am Asia/Tokyo', '2026-11-27T00:00:00.000Z'],
  ['at 9pm', '2026-11-25T21:00:00.000Z'],
  ['at 8pm UTC', '2026-11-26T20:00:00.000Z'],
  ['12am', '2026-11-26T00:00:00.000Z'],
]
const NOTHING =
  'whenever|in|in 5|in five minutes|in 5 parsecs|5 minutes|next|next tomorrow|today today|9|at 25:00|at 13pm|at 0am|at 9:60am|' +
  'Friday at 3pm XT|Friday at 3pm Mars/Olympus|toString|constructor at 9am|tomorrow at 9am sharp|now|at|in -5 minutes|in 1e3 days'

describe('times as they are said', () => {
  for (const [text, at] of SAID) {
    test(text, () => assert.equal(new Date(parseSpokenTime(text, NOW) ?? 0).toISOString(), at))
  }
  for (const text of ['', ...NOTHING.split('|')]) {
    test(`none: ${text}`, () => assert.equal(parseSpokenTime(text, NOW), undefined))
  }
  test('clocks are put back: nine is nine', () => {
    const saturday = Date.parse('2026-10-31T12:00:00Z')
    assert.equal(new Date(parseSpokenTime('tomorrow at 9am ET', saturday)!).toISOString(), '2026-11-01T14:00:00.000Z')
    assert.equal(new Date(parseSpokenTime('today at 9am ET', saturday)!).toISOString(), '2026-10-31T13:00:00.000Z')
  })
})
