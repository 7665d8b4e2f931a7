import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

const SMOKE = fileURLToPath(new URL('../../infra/smoke.ts', import.meta.url))

/** A deployment and the process on a laptop are the same to who only sends and reads. */
describe('npm run smoke', () => {
  let server: ServerProcess
  before(async () => {
    server = await startServerProcess()
  })
  after(() => server?.stop())

  function smoke(changed: Record<string, string> = {}) {
    const { submissions, imaps, http } = server.ports
    return promisify(execFile)(process.execPath, [SMOKE], {
      env: {
        PATH: process.env['PATH'],
        TUBEPOST_SMOKE_HOST: '127.0.0.1',
        TUBEPOST_SMOKE_USER: 'alice@demo.test',
        TUBEPOST_SMOKE_PASSWORD: 'tubepost-demo',
        TUBEPOST_SMOKE_SUBMISSIONS_PORT: String(submissions),
        TUBEPOST_SMOKE_IMAPS_PORT: String(imaps),
        TUBEPOST_SMOKE_API: `http://127.0.0.1:${http}`,
        TUBEPOST_SMOKE_SELF_SIGNED: '1',
        ...changed,
      },
    })
  }

  test('sends, receives, reads, and asks the API', async () => {
    const { stdout } = await smoke()
    const lines = stdout.trim().split('\n')
    assert.equal(lines.length, 3, stdout)
    for (const line of lines) assert.match(line, /^ok /)
  })

  test('says which step failed, and what is not set', async () => {
    const refused = { code: 1, stdout: /^failed {2}sent by submission: / }
    await assert.rejects(smoke({ TUBEPOST_SMOKE_PASSWORD: 'wrong' }), refused)
    await assert.rejects(smoke({ TUBEPOST_SMOKE_SELF_SIGNED: '' }), refused)
    await assert.rejects(smoke({ TUBEPOST_SMOKE_HOST: '' }), { stderr: /TUBEPOST_SMOKE_HOST is not set/ })
  })
})
