/** What a task behind a load balancer is: doors, a readiness port, a count of its connections, and a slow goodbye. */
import { log } from '../log.ts'
import { type DeployedSettings, SettingError, taskPortVariable } from '../settings.ts'
import type { Certificates } from './certificates.ts'
import { countConnections } from './connection-limits.ts'
import { formatMetrics } from './embedded-metrics.ts'
import type { HttpListener } from './http.ts'
import type { HttpDoorOptions } from './http-door.ts'
import { type Door, type DoorServices, openDoors } from './mail-doors.ts'
import { openReadiness } from './readiness.ts'

export interface MailTaskOptions {
  /** As its metrics name it. */
  name: string
  /** Those of them that the deployment gave a port are opened. */
  doors: readonly Door[]
  settings: DeployedSettings
  store: DoorServices['store']
  certificates: Certificates
  /** Opens the door for HTTPS, where the deployment gave that a port; `isReady` as the readiness port says. */
  openHttps?: (door: HttpDoorOptions, isReady: () => boolean) => Promise<HttpListener>
  /** What keeps abuse out of SMTP's doors. */
  guard?: NonNullable<DoorServices['guard']>
  /** Who gets mail for the host's `<Postmaster>`. */
  postmaster?: NonNullable<DoorServices['postmaster']>
  host?: string
  /** Idle sessions are told to go over this time, so that not all clients come back at once. */
  spreadMs?: number
  /** What is under way then is cut off; before the platform's own 120 s. */
  graceMs?: number
  writeMetrics?: (line: string) => void
}

export interface RunningTask {
  readonly ports: Partial<Record<Door | 'https' | 'ready', number>>
  /** Not ready from now on; resolves when the last session is gone. */
  drain(): Promise<void>
}

const METRICS_MS = 60_000

/** Resolves when it listens and says that it is ready. Throws where a port cannot be had. */
export async function startMailTask(options: MailTaskOptions): Promise<RunningTask> {
  const { name, settings, store, certificates, guard, host = '0.0.0.0', spreadMs = 60_000, graceMs = 100_000 } = options
  const { hostName, limits } = settings
  const readyPort = settings.ports.ready
  if (readyPort === undefined) throw new SettingError(taskPortVariable('ready'), '', 'the port that answers GET /ready')
  const readiness = await openReadiness(host, readyPort)
  const ports = Object.fromEntries(
    options.doors.flatMap((door) => (settings.ports[door] === undefined ? [] : [[door, settings.ports[door]]])),
  )
  const services = {
    store,
    limits,
    hostName,
    allowPlaintext: () => false,
    ...(guard && { guard }),
    ...(options.postmaster && { postmaster: options.postmaster }),
  }
  let ready = false
  const httpCount = countConnections(limits)
  const httpsPort = settings.ports.https
  let https: HttpListener | undefined
  const doors = await openDoors(host, ports, certificates, services).catch(async (error) => {
    await readiness.close()
    throw error
  })
  if (options.openHttps !== undefined && httpsPort !== undefined) {
    const door = { host, port: httpsPort, certificates, limits, count: httpCount }
    const isReady = () => ready
    https = await options.openHttps(door, isReady).catch(async (error) => {
      await Promise.all([...doors.values()].map((listener) => listener.drain({ graceMs: 0 })))
      await readiness.close()
      throw error
    })
  }
  const counts = [...doors.values(), httpCount]
  const metrics = setInterval(() => (options.writeMetrics ?? console.log)(connections(name, counts)), METRICS_MS)
  ready = true
  readiness.set(true)
  log.info('ready', { task: name, doors: [...doors.keys(), ...(https === undefined ? [] : ['https'])].join(' ') })
  return {
    ports: {
      ready: readiness.port,
      ...(https && { https: https.port }),
      ...Object.fromEntries([...doors].map(([door, { port }]) => [door, port])),
    },
    async drain() {
      ready = false
      readiness.set(false)
      await Promise.all([
        ...[...doors.values()].map((listener) => listener.drain({ spreadMs, graceMs })),
        https?.drain({ graceMs }),
      ])
      clearInterval(metrics)
      await readiness.close()
    },
  }
}

/** Once a minute; `infra/` scales by it. */
function connections(task: string, counts: readonly { readonly open: number }[]): string {
  const open = counts.reduce((sum, count) => sum + count.open, 0)
  return formatMetrics(['Task', task], [{ name: 'Connections', unit: 'Count', values: [open] }], Date.now())
}

/** Drains at SIGTERM, which is how a platform says goodbye; then `close`, and the process ends. */
export function drainOnSignal(task: RunningTask, close: () => Promise<void>): void {
  let draining = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (draining) return
      draining = true
      log.info('draining', { signal })
      task
        .drain()
        .then(close)
        .then(
          () => process.exit(0),
          (error: Error) => {
            log.error('drain-failed', { error })
            process.exit(1)
          },
        )
    })
  }
}
