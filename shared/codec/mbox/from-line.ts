/** `From alice@example.net Thu Jan  2 03:04:05 2025`: the line that a message in an mbox begins with (RFC 4155 Appendix A). */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const LONGEST = 2000
/** Day, month, day of the month, time, year; between the last two, or after them, some write a zone. */
const DATE_WORDS = 5

/** The date in milliseconds since 1970, UTC unless it has a numeric zone; undefined where it is no From_ line, as a sentence that begins so is none. */
export function parseFromLine(line: Uint8Array): number | undefined {
  if (line.length > LONGEST || line[0] !== 0x46) return undefined
  const text = Buffer.from(line).toString('latin1')
  if (!text.startsWith('From ')) return undefined
  const words = text.split(' ').filter((word) => word !== '')
  // Addresses have been seen with spaces in them: the date is looked for from behind.
  for (let at = words.length - DATE_WORDS; at >= 1; at -= 1) {
    if (!(DAYS as readonly string[]).includes(words[at]!.replace(/,$/, ''))) continue
    return parseDate(words.slice(at + 1))
  }
  return undefined
}

export function formatFromLine(address: string, receivedAt: number): string {
  const date = new Date(receivedAt)
  const two = (number: number) => String(number).padStart(2, '0')
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`
  return `From ${address} ${day} ${time} ${date.getUTCFullYear()}`
}

/** `Jan 2 03:04:05 2025`, `Jan 2 03:04:05 +0100 2025`, `Jan 2 03:04:05 2025 +0100`, `2 Jan 2025 03:04:05 +0100`; a zone by name says nothing. */
function parseDate(words: readonly string[]): number | undefined {
  const month = words.findIndex((word) => (MONTHS as readonly string[]).includes(word))
  const time = words.findIndex((word) => /^\d{1,2}:\d{2}(:\d{2})?$/.test(word))
  const day = words.findIndex((word) => /^\d{1,2}$/.test(word))
  const year = words.findIndex((word) => /^(19|20)\d{2}$/.test(word))
  if (month < 0 || time < 0 || day < 0 || year < 0 || words.length > DATE_WORDS + 1) return undefined
  const [hours = 0, minutes = 0, seconds = 0] = words[time]!.split(':').map(Number)
  const monthNumber = (MONTHS as readonly string[]).indexOf(words[month]!)
  const utc = Date.UTC(Number(words[year]), monthNumber, Number(words[day]), hours, minutes, seconds)
  return utc - zoneMs(words.find((word) => /^[+-]\d{4}$/.test(word)))
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return (zone[0] === '-' ? -minutes : minutes) * 60_000
}
