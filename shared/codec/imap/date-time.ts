/** IMAP's dates (RFC 9051 §9: date, date-time). A day is counted in days since 1970-01-01, an instant in milliseconds. */
import { ParseError } from '../parse-error.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const MONTH_NUMBERS = new Map(MONTHS.map((name, index) => [name.toUpperCase(), index]))
const DAY_MS = 86_400_000

/** `1-Feb-1994` as days since 1970-01-01; one or two digits of the day. Throws ParseError. */
export function parseDate(text: string): number {
  const [day = '', month = '', year = '', ...more] = text.split('-')
  if (more.length > 0 || day.length > 2) throw notADate()
  return dayNumber(day, month, year)
}

/** ` 7-Feb-1994 21:52:25 -0800` as milliseconds since 1970; the day is two digits, or a space and one. Throws ParseError. */
export function parseDateTime(text: string): number {
  if (text.length !== 26 || text[2] !== '-' || text[6] !== '-' || text[11] !== ' ' || text[20] !== ' ') throw notADate()
  if (text[14] !== ':' || text[17] !== ':') throw notADate()
  const sign = text[21] === '+' ? 1 : text[21] === '-' ? -1 : 0
  const day = dayNumber(text[0] === ' ' ? text.slice(1, 2) : text.slice(0, 2), text.slice(3, 6), text.slice(7, 11))
  const hours = digits(text.slice(12, 14), 23)
  const minutes = digits(text.slice(15, 17), 59)
  const seconds = digits(text.slice(18, 20), 60) // a leap second (RFC 5322 §3.3)
  const zone = sign * (digits(text.slice(22, 24), 99) * 60 + digits(text.slice(24, 26), 59))
  if (sign === 0) throw notADate()
  return day * DAY_MS + ((hours * 60 + minutes - zone) * 60 + seconds) * 1000
}

/** As INTERNALDATE shows it, in UTC and without its quotes; milliseconds are left out. */
export function formatDateTime(epochMs: number): string {
  const date = new Date(epochMs)
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const month = MONTHS[date.getUTCMonth()]!
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${day}-${month}-${year} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

/** `1-Feb-1994` of a day number. */
export function formatDate(day: number): string {
  const date = new Date(day * DAY_MS)
  return `${date.getUTCDate()}-${MONTHS[date.getUTCMonth()]!}-${String(date.getUTCFullYear()).padStart(4, '0')}`
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function dayNumber(day: string, month: string, year: string): number {
  const monthNumber = MONTH_NUMBERS.get(month.toUpperCase())
  if (monthNumber === undefined || year.length !== 4) throw notADate()
  const dayOfMonth = digits(day, 31)
  const date = new Date(0)
  date.setUTCFullYear(digits(year, 9999), monthNumber, dayOfMonth) // Date.UTC would read 0001 as 1901
  if (date.getUTCDate() !== dayOfMonth) throw notADate() // 30 February
  return date.getTime() / DAY_MS
}

function digits(text: string, max: number): number {
  let value = text.length > 0 ? 0 : Number.NaN
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
  }
  if (!(value <= max)) throw notADate()
  return value
}

function notADate(): ParseError {
  return new ParseError('Not a date')
}
