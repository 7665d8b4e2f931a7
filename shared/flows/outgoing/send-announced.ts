import type { Store } from '../../store/store.ts'
import { type SendSettings, sendMessage } from './send-message.ts'

/** Messages of the outbox that were announced together; the announcement comes again after so long where one of them is to be tried again. */
export async function sendAnnounced(
  store: Store,
  names: readonly string[],
  settings: SendSettings,
): Promise<{ delaySeconds: number } | undefined> {
  const outcomes = await Promise.all(names.map((name) => sendMessage(store, name, settings)))
  const delays = outcomes.flatMap((outcome) => (outcome.kind === 'retry' ? [outcome.delaySeconds] : []))
  return delays.length > 0 ? { delaySeconds: Math.min(...delays) } : undefined
}
