const DAY_MS = 86_400_000

/** As short as it can be said today: a time, a day of this year, or a date. */
export function shortDate(iso: string, nowMs = Date.now()): string {
  const date = new Date(iso)
  const now = new Date(nowMs)
  if (Number.isNaN(date.getTime())) return ''
  if (date.toDateString() === now.toDateString()) return format(date, { hour: 'numeric', minute: '2-digit' })
  if (nowMs - date.getTime() < 6 * DAY_MS && date < now) return format(date, { weekday: 'short' })
  if (date.getFullYear() === now.getFullYear()) return format(date, { day: 'numeric', month: 'short' })
  return format(date, { year: 'numeric', month: 'short', day: 'numeric' })
}

export function longDate(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? '' : format(date, { dateStyle: 'full', timeStyle: 'short' })
}

export function mediumDate(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? '' : format(date, { dateStyle: 'medium', timeStyle: 'short' })
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.DateTimeFormat(undefined, options)
  formats.set(key, known)
  return known.format(date)
}
