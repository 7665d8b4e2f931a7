import { sentDay, withoutComments } from './sent-day.ts'

const DAY_MS = 86_400_000
/** The names of RFC 5322 §4.3, in hours. */
const ZONES: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
}

/** The instant of a Date field in milliseconds since 1970, its zone taken into account (RFC 5256 §2.2); undefined where there is none. */
export function sentTime(date: string): number | undefined {
  const day = sentDay(date)
  if (day === undefined) return undefined
  const [clock, zone] = clockAndZone(date)
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
  const time = (hours * 60 + minutes) * 60 + seconds
  // A time that cannot be read is midnight of a day that can.
  return day * DAY_MS + (time >= 0 && time < 90_000 ? time * 1000 : 0) - zoneMs(zone)
}

/** `21:52:25` and `-0800`; obsolete dates have white space around the colons (RFC 5322 §4.3), careless ones none before the zone. */
function clockAndZone(date: string): [clock: string, zone: string] {
  const colons = withoutComments(date)
    .split(':')
    .map((each) => each.trim())
  const words = colons.join(':').split(/[ \t]+/)
  const at = words.findIndex((word) => word.includes(':'))
  if (at < 0) return ['', '']
  const word = words[at]!
  const sign = Math.max(word.indexOf('+'), word.indexOf('-'))
  return sign > 0 ? [word.slice(0, sign), word.slice(sign)] : [word, words[at + 1] ?? '']
}

function zoneMs(zone: string): number {
  const offset = /^([+-])(\d{2})(\d{2})$/.exec(zone)
  if (offset === null) return (ZONES[zone.toUpperCase()] ?? 0) * 3_600_000
  const [, sign, hours, minutes] = offset
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
