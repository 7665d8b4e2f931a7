import { log } from '../../log.ts'
import type { Store } from '../../store/store.ts'
import { countUsage } from '../usage/count-usage.ts'
import { type Reclaimed, reclaim } from './reclaim.ts'
import { sweep } from './sweep.ts'
import { type TendSettings, tendAccounts } from './tend-accounts.ts'

/** Reclaims, counts and tends tenant after tenant. One that fails does not keep the others waiting; then it throws at the end. */
export async function reclaimAll(store: Store, settings: TendSettings): Promise<Reclaimed> {
  const reclaimed: Reclaimed = { contents: 0, tokens: 0 }
  let failed = 0
  for await (const tenant of store.directory.tenants()) {
    try {
      const { contents, tokens } = await reclaim(store, tenant)
      reclaimed.contents += contents
      reclaimed.tokens += tokens
      await countUsage(store.tenant(tenant))
      await tendAccounts(store, tenant, settings)
    } catch (error) {
      failed += 1
      log.error('reclaim-failed', { tenant, error: error as Error })
    }
  }
  if (failed > 0) throw new Error(`${failed} tenants could not be reclaimed`)
  return reclaimed
}

export interface UpkeepSettings extends TendSettings {
  sweepEveryMs: number
  reclaimEveryMs: number
}

/** Of the time between two, before the first: a process that is started anew each night has its upkeep as well. */
const FIRST = 1 / 24

/** Sweeps and reclaims from time to time until the signal, for a process that has no schedule of its own around it. */
export async function keepInOrder(
  store: Store,
  { sweepEveryMs, reclaimEveryMs, inboxTrashDays }: UpkeepSettings,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    repeat(store, 'sweep', () => sweep(store), sweepEveryMs, signal),
    repeat(store, 'reclaim', () => reclaimAll(store, { inboxTrashDays }), reclaimEveryMs, signal),
  ])
}

async function repeat(
  { engine: { clock } }: Store,
  name: string,
  work: () => Promise<unknown>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = everyMs * FIRST; !signal.aborted; waitMs = everyMs) {
    try {
      await clock.sleep(waitMs, signal)
      await work()
    } catch (error) {
      if (!signal.aborted) log.error('upkeep-failed', { work: name, error: error as Error })
    }
  }
}
