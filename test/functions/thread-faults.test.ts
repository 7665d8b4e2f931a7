/** A thread that dies takes the process with it: one that takes mail and cannot deliver it, or write it down, helps nobody. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../functions/embedded/main.ts', import.meta.url))
const DOORS = ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'IMAP', 'IMAPS', 'POP3', 'POP3S', 'HTTP']

for (const [fault, said] of [
  ['work throws', 'a fault of ours'],
  ['work exits', 'it ended with 3'],
  ['writer throws', 'a fault of ours'],
] as const) {
  test(`${fault}: a line in the log, and the end`, { timeout: 60_000 }, async () => {
    const data = await mkdtemp(join(tmpdir(), 'tubepost-faults-'))
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...process.env,
        ...Object.fromEntries(DOORS.map((door) => [`TUBEPOST_${door}_PORT`, '0'])),
        TUBEPOST_DATA: data,
        TUBEPOST_LOG: 'error',
        TUBEPOST_TEST_FAULT: `${fault} ${join(data, 'fault')}`,
        NODE_OPTIONS: `--import=${new URL('broken-thread.ts', import.meta.url)}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      let log = ''
      child.stderr.on('data', (chunk) => {
        log += chunk
      })
      const closed = once(child, 'close')
      await once(child.stdout, 'data')
      await writeFile(join(data, 'fault'), '')
      const [code] = await closed
      assert.equal(code, 1)
      const line = log.split('\n').find((each) => each.includes('thread-died'))
      assert.ok(line !== undefined, log)
      const { thread, error } = JSON.parse(line) as { thread: string; error: string }
      assert.equal(thread, fault.split(' ')[0])
      assert.match(error, new RegExp(said))
    } finally {
      child.kill('SIGKILL')
      await rm(data, { recursive: true, force: true })
    }
  })
}
