/**
 * Times as people say them, in English: `in 2 hours`, `tomorrow at 9am`, `Friday at 3pm ET`. These are the forms that Resend's
 * documentation shows; each word counts, and a word that is not known makes the whole none.
 */

const UNITS_MS: Readonly<Record<string, number>> = {
  ...named(1000, 's', 'sec', 'secs', 'second', 'seconds'),
  ...named(60_000, 'm', 'min', 'mins', 'minute', 'minutes'),
  ...named(3_600_000, 'h', 'hr', 'hrs', 'hour', 'hours'),
  ...named(86_400_000, 'd', 'day', 'days'),
  ...named(604_800_000, 'w', 'week', 'weeks'),
}
const WEEKDAYS: Readonly<Record<string, number>> = {
  ...named(0, 'sunday', 'sun'),
  ...named(1, 'monday', 'mon'),
  ...named(2, 'tuesday', 'tue', 'tues'),
  ...named(3, 'wednesday', 'wed'),
  ...named(4, 'thursday', 'thu', 'thur', 'thurs'),
  ...named(5, 'friday', 'fri'),
  ...named(6, 'saturday', 'sat'),
}
/** What people call zones; of those that change their clocks, the name of the one that is meant all year has no S or D. */
const ZONES: Readonly<Record<string, string>> = {
  ...named('UTC', 'utc', 'gmt', 'z'),
  ...named('America/New_York', 'et'),
  ...named('America/Chicago', 'ct'),
  ...named('America/Denver', 'mt'),
  ...named('America/Los_Angeles', 'pt'),
  ...named('-05:00', 'est', 'cdt'),
  ...named('-04:00', 'edt'),
  ...named('-06:00', 'cst', 'mdt'),
  ...named('-07:00', 'mst', 'pdt'),
  ...named('-08:00', 'pst'),
  ...named('+01:00', 'cet'),
  ...named('+02:00', 'cest', 'eet'),
}
const DAY_MS = 86_400_000

/** Milliseconds since 1970; of a day without a time, the time of day that it is now; in UTC where no zone is named. */
export function parseSpokenTime(text: string, now: number): number | undefined {
  const words = text.toLowerCase().replaceAll(',', ' ').split(/\s+/).filter(Boolean)
  return fromNow(words, now) ?? onDay(words, now)
}

/** `in an hour`, `in 1 hour and 30 minutes`, `5 min from now`. */
function fromNow(words: readonly string[], now: number): number | undefined {
  const after = words.slice(-2).join(' ') === 'from now'
  if (words[0] !== 'in' && !after) return undefined
  const said = (after ? words.slice(0, -2) : words.slice(1)).filter((word) => word !== 'and')
  if (said.length === 0 || said.length % 2 === 1) return undefined
  let ms = 0
  for (let at = 0; at < said.length; at += 2) {
    const [count, unitMs] = [countOf(said[at]!), own(UNITS_MS, said[at + 1]!)]
    if (count === undefined || unitMs === undefined) return undefined
    ms += count * unitMs
  }
  return now + Math.round(ms)
}

/** `tomorrow at 9am`, `next Friday 15:00 Europe/Paris`, `today at noon`, `at 5pm`. */
function onDay(words: readonly string[], now: number): number | undefined {
  const named = zoneOf(words.at(-1) ?? '')
  const zone = named ?? 'UTC'
  const said = (named === undefined ? words : words.slice(0, -1)).filter((word) => word !== 'at' && word !== 'on')
  const local = now + offsetMs(zone, now)
  const midnight = Math.floor(local / DAY_MS) * DAY_MS
  const next = said[0] === 'next'
  if (next || said[0] === 'this') said.shift()
  const day = dayOf(said[0] ?? '', next, midnight)
  if (day !== undefined) said.shift()
  else if (next || said.length === 0) return undefined
  const time = timeOf(said, local - midnight)
  if (time === undefined) return undefined
  const { days, repeats } = day ?? { days: 0, repeats: 1 }
  const at = inZone(midnight + days * DAY_MS + time, zone)
  // A day of the week, or a time alone, is the next one there is.
  return at <= now && repeats > 0 ? inZone(midnight + (days + repeats) * DAY_MS + time, zone) : at
}

/** In how many days, and after how many it is that day again, where it has to be ahead. */
function dayOf(word: string, next: boolean, midnight: number): { days: number; repeats: number } | undefined {
  if (word === 'today' && !next) return { days: 0, repeats: 0 }
  if (word === (next ? 'day' : 'tomorrow')) return { days: 1, repeats: 0 }
  const weekday = own(WEEKDAYS, word)
  if (weekday === undefined) return undefined
  const days = (weekday - new Date(midnight).getUTCDay() + 7) % 7
  return { days: days === 0 && next ? 7 : days, repeats: 7 }
}

/** Milliseconds since midnight: `9am`, `9:30 am`, `17:00`, `noon`; none is the time that it is. */
function timeOf(words: readonly string[], nowMs: number): number | undefined {
  const said = words.join('')
  if (said === '') return nowMs
  if (said === 'noon' || said === 'midday') return DAY_MS / 2
  if (said === 'midnight') return 0
  const [, hours, minutes, half] = /^(\d{1,2})(?::(\d{2}))?([ap]m)?$/.exec(said) ?? []
  if (hours === undefined || (minutes === undefined && half === undefined)) return undefined
  const hour = Number(hours)
  if (Number(minutes ?? 0) > 59 || (half === undefined ? hour > 23 : hour < 1 || hour > 12)) return undefined
  const ofDay = half === undefined ? hour : (hour % 12) + (half === 'pm' ? 12 : 0)
  return (ofDay * 60 + Number(minutes ?? 0)) * 60_000
}

function countOf(word: string): number | undefined {
  if (word === 'a' || word === 'an') return 1
  return /^\d{1,6}(\.\d{1,3})?$/.test(word) ? Number(word) : undefined
}

function zoneOf(word: string): string | undefined {
  const known = own(ZONES, word)
  if (known !== undefined) return known
  if (!/^[a-z_]+(\/[a-z0-9_+-]+)+$/.test(word) && !/^[+-]\d{2}:\d{2}$/.test(word)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: word }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** What a clock there shows, as if it were UTC, to the moment: where it is put forward, an hour later. */
function inZone(local: number, zone: string): number {
  const near = local - offsetMs(zone, local)
  return local - offsetMs(zone, near)
}

/** By how much clocks there are ahead of UTC at a moment. */
function offsetMs(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return shown - Math.floor(at / 1000) * 1000
}

function named<Value>(value: Value, ...names: string[]): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, value]))
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
