/** `npx tubepost`: administration from the command line. */
import { run } from './run.ts'

const terminal = process.stderr.isTTY
let shown = false

/** On a terminal one line that changes; else nothing, as a log of thousands of lines helps nobody. */
function progress(text?: string): void {
  if (!terminal || (text === undefined && !shown)) return
  // Nothing that another server called its mailboxes may steer the terminal.
  const plain = (text ?? '').replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
  process.stderr.write(`\r\x1b[K${plain.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))}`)
  shown = text !== undefined
}

process.exitCode = await run(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(`${text}\n`),
  error: (text) => process.stderr.write(`${text}\n`),
  progress,
})
