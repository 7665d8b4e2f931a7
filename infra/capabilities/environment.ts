import { DEPLOYED_VARIABLES, type Limits, limitVariable, readLimits } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'

/** What every task and function is told. Limits left at their defaults are not repeated. */
export function commonEnvironment(settings: DeploymentSettings): Record<string, string> {
  const defaults = readLimits({})
  const changed = (Object.keys(defaults) as (keyof Limits)[]).filter((name) => settings.limits[name] !== defaults[name])
  return {
    [DEPLOYED_VARIABLES.hostName]: settings.hostName,
    [DEPLOYED_VARIABLES.log]: settings.log,
    // Who takes a message in asks what the relay can carry.
    [DEPLOYED_VARIABLES.relay]: settings.relay,
    ...Object.fromEntries(changed.map((name) => [limitVariable(name), String(settings.limits[name])])),
  }
}
