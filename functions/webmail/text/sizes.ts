const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

export function sizeText(octets: number): string {
  let size = octets
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit += 1
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1
  return `${size.toFixed(digits)} ${UNITS[unit]}`
}

/** `10MB`, `500k`, `1g`, or octets; undefined where it is no size. */
export function parseSize(text: string): number | undefined {
  const lower = text.toLowerCase().replace('b', '')
  const unit = 'kmgt'.indexOf(lower.at(-1) ?? '')
  const number = Number(unit < 0 ? lower : lower.slice(0, -1))
  if (lower === '' || !Number.isFinite(number) || number < 0) return undefined
  return Math.round(number * 1000 ** (unit + 1))
}
