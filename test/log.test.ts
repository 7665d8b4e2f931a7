import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const LOG = fileURLToPath(new URL('../shared/log.ts', import.meta.url))

/** A process that uses the log, as its operator runs it. */
function run(script: string) {
  const source = `import { log } from ${JSON.stringify(LOG)}; ${script}`
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['pipe', 'pipe', 'pipe'] })
}

test('of one kind of warning or error there are 60 lines a minute; what is said once is always said', async () => {
  const child = run(`for (let n = 0; n < 100; n++) {
    log.error('full', { n }); log.warn('full', { n }); log.info('asked', { n })
  }
  log.error('other')`)
  const [lines] = await Promise.all([text(child.stderr), once(child, 'exit')])
  const counts = new Map<string, number>()
  for (const line of lines.trim().split('\n')) {
    const { level, event } = JSON.parse(line) as { level: string; event: string }
    counts.set(`${level} ${event}`, (counts.get(`${level} ${event}`) ?? 0) + 1)
  }
  assert.deepEqual(Object.fromEntries(counts), {
    'error full': 60,
    'warn full': 60,
    'info asked': 100,
    'error other': 1,
  })
})

test('whoever reads the log may go: the process goes on', { timeout: 30_000 }, async () => {
  const child = run(`process.stdin.on('data', () => {
    for (let n = 0; n < 5; n++) log.error('nobody-listens', { n })
    setTimeout(() => { process.stdout.write('alive'); process.exit() }, 50)
  })
  process.stdout.write('ready ')`)
  child.stderr.destroy()
  await once(child.stdout, 'readable')
  child.stdin.write('go')
  assert.equal(await text(child.stdout), 'ready alive')
})
