import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../functions/embedded/main.ts', import.meta.url))

export interface ServerProcess {
  readonly ports: Readonly<Record<string, number>>
  readonly pid: number
  readonly data: string
  /** Ends it as an operator would, and starts it again on the same data: cold. */
  restart(): Promise<void>
  /** Ends it, does what needs its data for itself, and starts it again. */
  whileStopped(work: () => Promise<void>): Promise<void>
  /** Kills it, and starts it again on the same data. */
  crash(): Promise<void>
  /** Ends it as an operator would; the data stays. */
  end(): Promise<void>
  /** Ends it and takes the data away. */
  stop(): Promise<void>
}

/** The server as its users run it, in a process and a data folder of its own. */
export async function startServerProcess(environment: Record<string, string> = {}): Promise<ServerProcess> {
  const data = await mkdtemp(join(tmpdir(), 'tubepost-process-'))
  let running = await start(data, environment)
  async function whileStopped(work: () => Promise<void>): Promise<void> {
    await end(running.child)
    await work()
    running = await start(data, environment)
  }
  return {
    data,
    get ports() {
      return running.ports
    },
    get pid() {
      return running.child.pid!
    },
    restart: () => whileStopped(async () => undefined),
    whileStopped,
    async crash() {
      const { exitCode, signalCode } = running.child
      if (exitCode !== null || signalCode !== null)
        throw new Error(`the server ended by itself: ${exitCode ?? signalCode}`)
      const ended = once(running.child, 'exit')
      running.child.kill('SIGKILL')
      await ended
      running = await start(data, environment)
    },
    end: () => end(running.child),
    async stop() {
      await end(running.child)
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function start(data: string, environment: Record<string, string>) {
  const ports = ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'IMAP', 'IMAPS', 'POP3', 'POP3S', 'HTTP']
  const free = Object.fromEntries(ports.map((name) => [`TUBEPOST_${name}_PORT`, '0']))
  const env = { ...process.env, ...free, TUBEPOST_DATA: data, TUBEPOST_LOG: 'warn', ...environment }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready '))
      return { child, ports: JSON.parse(line.slice('ready '.length)) as Record<string, number> }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  throw new Error(`the server ended with ${child.exitCode ?? child.signalCode} before it was ready`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
