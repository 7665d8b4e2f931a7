import { openGuardPorts } from '../../shared/engines/common/guard-ports.ts'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { openGuard } from '../../shared/flows/arrivals/guard.ts'
import { callRecorder } from '../../shared/flows/usage/record-calls.ts'
import { beforeMetrics } from '../../shared/metrics.ts'
import { askQueueDepths, measuredEngine } from '../../shared/ports/measured-engine.ts'
import { postmasterOf } from '../../shared/servers/smtp/postmaster.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { isLoopback } from '../../shared/transport/loopback.ts'
import { type Door, openDoors } from '../../shared/transport/mail-doors.ts'
import { openReadiness } from '../../shared/transport/readiness.ts'
import { openCertificates } from './certificates.ts'
import { connectionsPossible } from './connections-possible.ts'
import { seedDemo } from './demo.ts'
import { endProcess } from './end-process.ts'
import { engineOptions } from './engine-options.ts'
import { openHttp } from './http.ts'
import { startWork } from './work.ts'

const DRAIN_MS = 30_000

export interface Server {
  readonly store: Store
  readonly ports: Partial<Record<Door | 'http' | 'ready', number>>
  /** Reads the certificate again; one that is none is logged, and the one in use stays. */
  reloadCertificate(): Promise<void>
  /** Says goodbye to the clients, finishes what is under way and closes. */
  stop(): Promise<void>
}

/** Everything in one process: doors, the thread that works on the queues, and the embedded engine. */
export async function startServer(settings: EmbeddedSettings): Promise<Server> {
  const { host, hostName, limits, proxyProtocol } = settings
  let httpPort = settings.ports.http
  const linkBase = () => `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`
  const writerDied = (error: Error) => endProcess('writer', error)
  const engine = await openEmbeddedEngine({ ...engineOptions(settings, linkBase), writerDied })
  try {
    const demonstration = settings.demo && isLoopback(host)
    const store = openStore(measuredEngine(engine), { demonstration })
    if (demonstration) await seedDemo(store, limits)
    const kept = await openCertificates(settings)
    const { certificates } = kept
    const allowPlaintext = ({ remoteAddress }: { remoteAddress: string }) => isLoopback(remoteAddress)
    const guarding = openGuardPorts(engine, settings.guard, hostName)
    const guard = openGuard({
      ...guarding.ports,
      limits,
      trustedSealers: settings.guard.trustedSealers,
      watches: (remoteAddress) => settings.guard.watchLoopback || !isLoopback(remoteAddress),
    })
    const postmaster = postmasterOf(settings)
    const services = {
      store,
      limits,
      hostName,
      allowPlaintext,
      proxyProtocol,
      guard,
      ...(postmaster && { postmaster }),
    }
    const readiness = settings.readyPort === undefined ? undefined : await openReadiness(host, settings.readyPort)
    const forgetMetrics = beforeMetrics(() => askQueueDepths(engine))
    let ready = false
    const connections = connectionsPossible(limits.connections)
    const httpLimits = { ...limits, connections: connections.http }
    const http = await openHttp({ ...settings, limits: httpLimits }, engine, store, () => ready)
    httpPort = http.port
    const work = await startWork(engine, { settings, linkBase: linkBase() })
    const doors = await openDoors(host, settings.ports, certificates, {
      ...services,
      limits: { ...limits, connections: connections.mail },
    }).catch(async (error) => {
      await http.drain({ graceMs: 0 })
      await work.stop()
      throw error
    })
    ready = true
    readiness?.set(true)
    const stop = async () => {
      ready = false
      readiness?.set(false) // first of all, so that nobody new is sent here
      await Promise.all([...doors.values(), http].map((listener) => listener.drain({ graceMs: DRAIN_MS })))
      await work.stop()
      await callRecorder(store).flush()
      kept.end()
      forgetMetrics()
      await guarding.close()
      await readiness?.close()
      await engine.close()
    }
    const ports = Object.fromEntries([...doors].map(([door, { port }]) => [door, port]))
    return {
      store,
      reloadCertificate: kept.reload,
      ports: { ...ports, http: http.port, ...(readiness && { ready: readiness.port }) },
      stop,
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}
