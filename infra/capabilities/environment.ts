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
    TUBEPOST_MTA_STS: settings.mtaSts,
    ...Object.fromEntries(changed.map((name) => [limitVariable(name), String(settings.limits[name])])),
  }
}

/** What the task behind port 25 is told besides. */
export function ingressEnvironment({ guard, postmaster }: DeploymentSettings): Record<string, string> {
  const { senderChecks, rspamdUrl, trustedSealers } = guard
  return {
    TUBEPOST_SENDER_CHECKS: senderChecks ? '1' : '0',
    ...(rspamdUrl !== undefined && { TUBEPOST_RSPAMD_URL: rspamdUrl }),
    ...(trustedSealers.length > 0 && { TUBEPOST_TRUSTED_SEALERS: trustedSealers.join(',') }),
    ...(postmaster !== undefined && { TUBEPOST_POSTMASTER: postmaster }),
  }
}
