import type { Store } from '../store/store.ts'
import { indexMessage } from './index-message.ts'
import type { ScanSettings } from './scan-content.ts'

/** An arrival whose transaction is not complete is looked at again so often. */
const INCOMPLETE_RETRY_SECONDS = 30

/** Arrivals that were announced together; the announcement comes again after so long where one of them has to wait. */
export async function indexAnnounced(
  store: Store,
  names: readonly string[],
  settings: ScanSettings,
): Promise<{ delaySeconds: number } | undefined> {
  const outcomes = await Promise.all(names.map((name) => indexMessage(store, name, settings)))
  return outcomes.includes('wait') ? { delaySeconds: INCOMPLETE_RETRY_SECONDS } : undefined
}
