import { idTime } from '../../mailbox/id-time.ts'
import type { Store } from '../../store/store.ts'
import { indexMessage } from './index-message.ts'
import type { ScanSettings } from './scan-content.ts'

/** An arrival whose transaction is not complete is looked at again when it is twice as old, so that a day takes fewer tries than the queue allows. */
const SHORTEST_WAIT_SECONDS = 30
const LONGEST_WAIT_SECONDS = 60 * 60

/** Arrivals that were announced together; the announcement comes again after so long where one of them has to wait. */
export async function indexAnnounced(
  store: Store,
  names: readonly string[],
  settings: ScanSettings,
): Promise<{ delaySeconds: number } | undefined> {
  const outcomes = await Promise.all(names.map((name) => indexMessage(store, name, settings)))
  const waiting = names.filter((_, index) => outcomes[index] === 'wait')
  if (waiting.length === 0) return undefined
  const ages = waiting.map((name) =>
    Math.ceil((store.engine.clock.now() - idTime(name.slice(name.lastIndexOf('/') + 1))) / 1000),
  )
  return { delaySeconds: Math.max(SHORTEST_WAIT_SECONDS, Math.min(LONGEST_WAIT_SECONDS, ...ages)) }
}
