/** A task of a deployment as its container starts it: `functions/<task>/main.ts` in a process of its own, under the environment that `infra/` gives. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { TASKS } from '../../infra/bundle.ts'
import { ROOT } from '../../infra/bundle.ts'
import { DEPLOYED_VARIABLES, type TaskPort, taskPortVariable } from '../../shared/settings.ts'
import { freePort } from '../free-port.ts'
import { environmentOf } from '../functions/deployed-function.ts'
import type { Resources } from './resources.ts'

type TaskName = (typeof TASKS)[number]
const READY_MS = 30_000

export interface TaskProcess {
  readonly ports: Readonly<Record<TaskPort, number>>
  /** As SIGTERM ends it: what is under way is finished. Throws where it ends with an error. */
  end(): Promise<void>
  /** Without a word, as a machine dies, and another in its place. */
  replace(): Promise<void>
}

const PORTS: Readonly<Record<TaskName, readonly TaskPort[]>> = {
  'smtp-ingress': ['smtp', 'submissions', 'ready'],
  'mailbox-gateway': ['imaps', 'pop3s', 'https', 'ready'],
}

/** `resources.endpoint` is what it talks to: the emulator, or the proxy before it. */
export async function startTask(
  task: TaskName,
  resources: Resources,
  more: Record<string, string> = {},
): Promise<TaskProcess> {
  const spool = mkdtempSync(join(tmpdir(), 'tubepost-spool-'))
  const ports = Object.fromEntries(
    await Promise.all(PORTS[task].map(async (name) => [name, await freePort()] as const)),
  ) as Record<TaskPort, number>
  const environment = {
    ...environmentOf(resources),
    [DEPLOYED_VARIABLES.log]: 'error',
    [DEPLOYED_VARIABLES.feedQueuePrefix]: resources.feedQueuePrefix,
    [DEPLOYED_VARIABLES.tlsSecret]: await secret(resources),
    [DEPLOYED_VARIABLES.spool]: spool,
    TUBEPOST_SENDER_CHECKS: '0', // there is no DNS to ask
    ...Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [taskPortVariable(name as TaskPort), String(port)]),
    ),
    ...more,
  }
  let child = await start(task, environment, ports.ready)
  return {
    ports,
    async end() {
      const [code, signal] = await ended(child, 'SIGTERM')
      rmSync(spool, { recursive: true, force: true })
      if (code !== 0) throw new Error(`${task} ended with ${code ?? signal}`)
    },
    async replace() {
      await ended(child, 'SIGKILL')
      child = await start(task, environment, ports.ready)
    },
  }
}

async function start(task: TaskName, environment: Record<string, string>, ready: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(ROOT, 'functions', task, 'main.ts')], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill) // not left behind where a test ends without stopping it
  child.once('exit', () => process.off('exit', kill))
  const deadline = Date.now() + READY_MS
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${task} did not become ready`)
    const answered = await fetch(`http://127.0.0.1:${ready}/ready`).then(
      ({ ok }) => ok,
      () => false, // nobody listens yet
    )
    if (answered) return child
    await setTimeout(50)
  }
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown[]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode]
  const exit = once(child, 'exit')
  child.kill(signal)
  return exit
}

/** As the deployment makes it: no certificate yet. */
async function secret({ endpoint, region, credentials, tableName }: Resources): Promise<string> {
  const client = new SecretsManagerClient({ endpoint, region, credentials })
  try {
    const Name = `${tableName}-tls-${process.hrtime.bigint()}`
    return (await client.send(new CreateSecretCommand({ Name, SecretString: '{}' }))).ARN!
  } finally {
    client.destroy()
  }
}
