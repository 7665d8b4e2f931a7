import { Refusal } from '../../mailbox/refusal.ts'
import type { TenantStore } from '../../store/store.ts'
import type { Suppression } from '../../store/suppressions.ts'
import { announceDone } from '../webhooks/announce-events.ts'
import { readAddress } from './administer-accounts.ts'

/** All of them or, where one is no address, none. Throws Refusal 'invalid'. */
export async function addSuppressions(own: TenantStore, addresses: readonly string[]): Promise<Suppression[]> {
  for (const address of addresses) readAddress(address, 'email')
  const added: Suppression[] = []
  for (const address of addresses) {
    const known = await own.suppressions.get(address)
    const suppression = known ?? (await own.suppressions.add(address, 'manual'))
    added.push(suppression)
    if (known === undefined) await announceDone(own, 'suppression.added', () => suppressionEventData(suppression))
  }
  return added
}

/** Throws Refusal 'not-found'. */
export async function findSuppression(own: TenantStore, address: string): Promise<Suppression> {
  const found = await own.suppressions.get(address)
  if (found === undefined) throw new Refusal('not-found', 'Suppression not found')
  return found
}

/** Says of each whether it was on the list. */
export async function removeSuppressions(
  own: TenantStore,
  addresses: readonly string[],
): Promise<{ address: string; removed: boolean }[]> {
  const answers: { address: string; removed: boolean }[] = []
  for (const address of addresses) {
    const known = await own.suppressions.get(address)
    const removed = known !== undefined && (await own.suppressions.remove(address))
    answers.push({ address: known?.address ?? address, removed })
    if (removed) await announceDone(own, 'suppression.removed', () => suppressionEventData(known))
  }
  return answers
}

/** As webhooks are told of it. */
export function suppressionEventData({ address, reason, since, content }: Suppression): object {
  const created_at = new Date(since).toISOString()
  return { id: address, email: address, origin: reason, source_id: content ?? null, created_at }
}
