/** Hourly: what an event that never came left lying is queued again. `{"whole": true}` looks at every object. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { type Swept, sweep } from '../../shared/flows/upkeep/sweep.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)

export function handler(event: { whole?: unknown }): Promise<Swept> {
  return sweep(store, { whole: event.whole === true })
}
