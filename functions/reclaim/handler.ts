/** Daily: contents that no copy needs are deleted, usage is counted, and accounts are tended, tenant after tenant. What fails rings. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import type { Reclaimed } from '../../shared/flows/upkeep/reclaim.ts'
import { reclaimAll } from '../../shared/flows/upkeep/upkeep.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)

export function handler(): Promise<Reclaimed> {
  return reclaimAll(store, settings.limits)
}
