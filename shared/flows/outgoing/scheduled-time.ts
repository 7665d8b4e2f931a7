import { Refusal } from '../../mailbox/refusal.ts'

const UNITS_MS: Readonly<Record<string, number>> = {
  second: 1000,
  sec: 1000,
  minute: 60_000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}
const MOST_MS = 30 * 86_400_000

/** ISO 8601, or `in 5 minutes`; up to 30 days ahead. Milliseconds since 1970. Throws Refusal 'invalid'. */
export function parseScheduledAt(text: string, now: number): number {
  const at = relative(text, now) ?? absolute(text)
  if (at === undefined) {
    throw new Refusal(
      'invalid',
      'The `scheduled_at` field is invalid: it takes ISO 8601, or words such as `in 5 minutes`.',
    )
  }
  if (at - now > MOST_MS)
    throw new Refusal('invalid', 'The `scheduled_at` field is invalid: it is more than 30 days ahead.')
  return Math.max(at, now)
}

function relative(text: string, now: number): number | undefined {
  const [, count, unit] = /^in (\d{1,6}|an?) ([a-z]+?)s?$/.exec(text.trim().toLowerCase()) ?? []
  const unitMs = unit === undefined || !Object.hasOwn(UNITS_MS, unit) ? undefined : UNITS_MS[unit]
  if (count === undefined || unitMs === undefined) return undefined
  return now + (count.startsWith('a') ? 1 : Number(count)) * unitMs
}

function absolute(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
