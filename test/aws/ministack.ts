/** The emulator of AWS's services that `test/aws/install.sh` has put into `build/`: the one that all share, or a process of the caller's own on a free port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.ts'

const PYTHON = fileURLToPath(new URL('../../build/ministack-venv/bin/python', import.meta.url))
const START_MS = 60_000

/** Why a suite on the emulator does not run: the `skip` of its `describe`. `npm run test:aws` runs them all, and fails without the emulator. */
export const skipWithoutEmulator: string | false =
  process.env['TUBEPOST_TEST_AWS'] === 'required' ? false : 'on the AWS emulator: npm run test:aws'

/** Names the emulator that is there for all (one-emulator.ts). */
export const SHARED_ENDPOINT = 'TUBEPOST_TEST_EMULATOR'

const REGION = 'us-east-1'
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' }

export interface Emulator {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  stop(): Promise<void>
}

/** `host`: one of the caller's own, which calls itself that in addresses it makes up: names of APIs go before it, which makes no URL with an address. */
export async function startEmulator({ host }: { host?: string } = {}): Promise<Emulator> {
  const shared = process.env[SHARED_ENDPOINT]
  if (shared !== undefined && host === undefined) {
    return { endpoint: shared, region: REGION, credentials: CREDENTIALS, stop: async () => undefined }
  }
  if (!existsSync(PYTHON)) throw new Error('the AWS emulator is not installed: run test/aws/install.sh')
  const port = await freePort()
  const child = spawn(PYTHON, ['-m', 'ministack'], {
    env: {
      PATH: process.env['PATH'],
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: host ?? '127.0.0.1',
      LOG_LEVEL: 'WARNING',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4096)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  // Not left behind where a test ends without stopping it.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const endpoint = `http://127.0.0.1:${port}`
  await untilAnswering(endpoint, child, () => said)
  return {
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function untilAnswering(endpoint: string, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + START_MS
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the emulator did not start: ${said()}`)
    const answered = await fetch(`${endpoint}/_ministack/health`).then(
      (response) => response.ok,
      () => false, // nobody listens yet
    )
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
