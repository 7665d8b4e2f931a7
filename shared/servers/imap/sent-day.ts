import { afterComment } from '../../codec/mime/parameters.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAY_MS = 86_400_000

/**
 * The day of a Date field, `Mon, 7 Feb 1994 21:52:25 -0800`, as its sender wrote it: days since 1970-01-01. Undefined where none can be
 * read. Two- and three-digit years are those of RFC 5322 §4.3.
 */
export function sentDay(date: string): number | undefined {
  const words = withoutComments(date)
    .replaceAll(',', ' ')
    .split(/[ \t-]+/)
  const at = words.findIndex((word) => MONTHS.includes(word.slice(0, 3).toLowerCase()))
  if (at < 1) return undefined
  const day = number(words[at - 1]!)
  const year = number(words[at + 1] ?? '')
  if (day === undefined || year === undefined) return undefined
  const century = year < 50 ? 2000 : year < 1000 ? 1900 : 0
  const month = MONTHS.indexOf(words[at]!.slice(0, 3).toLowerCase())
  const time = new Date(0).setUTCFullYear(year + century, month, day)
  return new Date(time).getUTCDate() === day ? Math.floor(time / DAY_MS) : undefined
}

/** Each comment as a space: in the obsolete syntax they stand between any two words (RFC 5322 §4.3). */
export function withoutComments(date: string): string {
  let text = ''
  let from = 0
  for (let open = date.indexOf('('); open !== -1; open = date.indexOf('(', from)) {
    text += `${date.slice(from, open)} `
    from = afterComment(date, open)
  }
  return text + date.slice(from)
}

function number(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined
}
