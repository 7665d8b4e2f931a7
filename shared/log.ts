/** One line of JSON for each event, on standard error; never message content, addresses' passwords, keys or tokens. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined | Error>>

let threshold: LogLevel = 'info'

/**
 * Warnings and errors of one event: a full disk, or a client that tries again and again, must not fill another disk with lines. Beyond so many in a window
 * they are counted, and the window's last line says how many there were.
 */
const MOST_LINES = 60
const WINDOW_MS = 60_000
const COUNTED: ReadonlySet<LogLevel> = new Set(['warn', 'error'])
const lines = new Map<string, { written: number; heldBack: number }>()

// Where lines cannot be written, to a full disk or a reader that has gone, there is nobody to tell it to, and it is no reason to end the process.
process.stderr.on('error', () => undefined)

export function setLogLevel(level: LogLevel): void {
  threshold = level
}

function write(level: LogLevel, event: string, fields: LogFields): void {
  if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(threshold)) return
  if (COUNTED.has(level) && !hasRoom(level, event)) return
  writeLine(level, event, fields)
}

function hasRoom(level: LogLevel, event: string): boolean {
  const name = `${level} ${event}`
  const known = lines.get(name)
  if (known === undefined) {
    lines.set(name, { written: 1, heldBack: 0 })
    const endWindow = () => {
      const heldBack = lines.get(name)?.heldBack ?? 0
      lines.delete(name)
      if (heldBack > 0) writeLine(level, event, { heldBack })
    }
    setTimeout(endWindow, WINDOW_MS).unref()
    return true
  }
  if (known.written < MOST_LINES) known.written += 1
  else known.heldBack += 1
  return known.written + known.heldBack <= MOST_LINES
}

function writeLine(level: LogLevel, event: string, fields: LogFields): void {
  const plain = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? describeError(value) : value,
  ])
  process.stderr.write(
    `${JSON.stringify({ time: new Date().toISOString(), level, event, ...Object.fromEntries(plain) })}\n`,
  )
}

function describeError(error: Error): string {
  const cause = error.cause instanceof Error ? ` (${describeError(error.cause)})` : ''
  return `${error.stack ?? error.message}${cause}`
}

/** `event` is a fixed phrase in kebab-case; what differs from time to time goes into `fields`. */
export const log = {
  debug: (event: string, fields: LogFields = {}) => write('debug', event, fields),
  info: (event: string, fields: LogFields = {}) => write('info', event, fields),
  warn: (event: string, fields: LogFields = {}) => write('warn', event, fields),
  error: (event: string, fields: LogFields = {}) => write('error', event, fields),
}
