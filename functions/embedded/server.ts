import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { workQueue } from '../../shared/flows/work-queue.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { type Door, openDoors } from '../../shared/transport/mail-doors.ts'
import { openCertificates } from './certificates.ts'
import { seedDemo } from './demo.ts'
import { isLoopback } from './loopback.ts'

/** Hands at each queue: enough that one message waiting on a disk or a smarthost does not hold up the others. */
const HANDS = { arrivals: 4, outgoing: 4, jobs: 1 } as const
const DRAIN_MS = 10_000

export interface Server {
  readonly store: Store
  readonly ports: Partial<Record<Door, number>>
  /** Says goodbye to the clients, finishes what is under way and closes. */
  stop(): Promise<void>
}

/** Everything in one process: doors, workers and the embedded engine. */
export async function startServer(settings: EmbeddedSettings): Promise<Server> {
  const { data, host, hostName, limits, relay } = settings
  if (relay.kind === 'ses') throw new Error('TUBEPOST_RELAY=ses is not available here')
  const engine = await openEmbeddedEngine({ folder: data, relay, hostName, messageOctets: limits.messageOctets })
  try {
    const demonstration = settings.demo && isLoopback(host)
    const store = openStore(engine, { demonstration })
    if (demonstration) await seedDemo(store, limits)
    const certificates = await openCertificates(settings)
    const allowPlaintext = ({ remoteAddress }: { remoteAddress: string }) => isLoopback(remoteAddress)
    const services = { store, limits, hostName, allowPlaintext }
    const doors = await openDoors(host, settings.ports, certificates, services)
    const stopping = new AbortController()
    const work = { ...limits, hostName }
    const workers = (Object.keys(HANDS) as (keyof typeof HANDS)[]).map((queue) =>
      workQueue(store, queue, work, { hands: HANDS[queue], signal: stopping.signal }),
    )
    const stop = async () => {
      await Promise.all([...doors.values()].map((listener) => listener.drain({ graceMs: DRAIN_MS })))
      stopping.abort()
      await Promise.all(workers)
      await engine.close()
    }
    return { store, ports: Object.fromEntries([...doors].map(([door, { port }]) => [door, port])), stop }
  } catch (error) {
    await engine.close()
    throw error
  }
}
