import { ParseError } from '../../shared/codec/parse-error.ts'
import { type Address, parseAddress } from '../../shared/codec/smtp/address.ts'
import { openGuardPorts } from '../../shared/engines/common/guard-ports.ts'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { openWebhookSender } from '../../shared/flows/deliver-webhook.ts'
import { openGuard } from '../../shared/flows/guard.ts'
import { workQueue } from '../../shared/flows/work-queue.ts'
import { beforeMetrics } from '../../shared/metrics.ts'
import { askQueueDepths, measuredEngine } from '../../shared/ports/measured-engine.ts'
import { type EmbeddedSettings, SettingError } from '../../shared/settings.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { guardedPost } from '../../shared/transport/guarded-post.ts'
import { isLoopback } from '../../shared/transport/loopback.ts'
import { type Door, openDoors } from '../../shared/transport/mail-doors.ts'
import { openReadiness } from '../../shared/transport/readiness.ts'
import { openCertificates } from './certificates.ts'
import { seedDemo } from './demo.ts'
import { openHttp } from './http.ts'

/** Hands at each queue: enough that one message waiting on a disk or a smarthost does not hold up the others. */
const HANDS = { arrivals: 4, outgoing: 4, jobs: 4 } as const
const DRAIN_MS = 30_000

export interface Server {
  readonly store: Store
  readonly ports: Partial<Record<Door | 'http' | 'ready', number>>
  /** Reads the certificate again; one that is none is logged, and the one in use stays. */
  reloadCertificate(): Promise<void>
  /** Says goodbye to the clients, finishes what is under way and closes. */
  stop(): Promise<void>
}

/** Everything in one process: doors, workers and the embedded engine. */
export async function startServer(settings: EmbeddedSettings): Promise<Server> {
  const { data, host, hostName, limits, relay, proxyProtocol } = settings
  if (relay.kind === 'ses') throw new Error('TUBEPOST_RELAY=ses is not available here')
  let httpPort = settings.ports.http
  const linkBase = () => `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`
  const messageOctets = limits.messageOctets
  const engine = await openEmbeddedEngine({ folder: data, relay, hostName, messageOctets, linkBase })
  try {
    const demonstration = settings.demo && isLoopback(host)
    const toLoopback = settings.webhooksToLoopback ?? isLoopback(host)
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
    const http = await openHttp(settings, engine, store, () => ready)
    httpPort = http.port
    const doors = await openDoors(host, settings.ports, certificates, services).catch(async (error) => {
      await http.drain({ graceMs: 0 })
      throw error
    })
    const stopping = new AbortController()
    const webhooks = openWebhookSender(guardedPost({ dns: engine.dns, loopback: toLoopback }), limits)
    const work = { ...limits, hostName, webhooks }
    const workers = (Object.keys(HANDS) as (keyof typeof HANDS)[]).map((queue) =>
      workQueue(store, queue, work, { hands: HANDS[queue], signal: stopping.signal }),
    )
    ready = true
    readiness?.set(true)
    const stop = async () => {
      ready = false
      readiness?.set(false) // first of all, so that nobody new is sent here
      await Promise.all([...doors.values(), http].map((listener) => listener.drain({ graceMs: DRAIN_MS })))
      stopping.abort()
      await Promise.all(workers)
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

function postmasterOf({ postmaster }: EmbeddedSettings): Address | undefined {
  try {
    return postmaster === undefined ? undefined : parseAddress(postmaster)
  } catch (error) {
    if (error instanceof ParseError) throw new SettingError('TUBEPOST_POSTMASTER', postmaster!, 'an address')
    throw error
  }
}
