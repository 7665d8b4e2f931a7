import { Refusal } from '../../mailbox/refusal.ts'
import { parseSpokenTime } from './spoken-time.ts'

const MOST_MS = 30 * 86_400_000

/** ISO 8601, or words (`spoken-time.ts`); up to 30 days ahead. Milliseconds since 1970. Throws Refusal 'invalid'. */
export function parseScheduledAt(text: string, now: number): number {
  const at = absolute(text) ?? parseSpokenTime(text, now)
  if (at === undefined) {
    throw new Refusal(
      'invalid',
      'The `scheduled_at` field is invalid: it takes ISO 8601, or words such as `in 5 minutes` and `tomorrow at 9am`.',
    )
  }
  if (at - now > MOST_MS)
    throw new Refusal('invalid', 'The `scheduled_at` field is invalid: it is more than 30 days ahead.')
  return Math.max(at, now)
}

function absolute(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
