/** Daily: contents that no copy needs are deleted, and usage is counted, tenant after tenant. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { countUsage } from '../../shared/flows/count-usage.ts'
import { type Reclaimed, reclaim } from '../../shared/flows/reclaim.ts'
import { log, setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)

/** A tenant that fails does not keep the others waiting; the call then fails, and rings. */
export async function handler(): Promise<Reclaimed> {
  const reclaimed: Reclaimed = { contents: 0, tokens: 0 }
  let failed = 0
  for await (const tenant of store.directory.tenants()) {
    try {
      const { contents, tokens } = await reclaim(store, tenant)
      reclaimed.contents += contents
      reclaimed.tokens += tokens
      await countUsage(store.tenant(tenant))
    } catch (error) {
      failed += 1
      log.error('reclaim-failed', { tenant, error: error as Error })
    }
  }
  if (failed > 0) throw new Error(`${failed} tenants could not be reclaimed`)
  return reclaimed
}
