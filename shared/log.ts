/** One line of JSON for each event, on standard error; never message content, addresses' passwords, keys or tokens. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined | Error>>

let threshold: LogLevel = 'info'

export function setLogLevel(level: LogLevel): void {
  threshold = level
}

function write(level: LogLevel, event: string, fields: LogFields): void {
  if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(threshold)) return
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
