import { type DeployedSettings, type Environment, readDeployedSettings, SettingError } from '../../settings.ts'
import { type AwsEngine, openAwsEngine } from './engine.ts'
import type { OpenSes } from './ses.ts'

/**
 * The engine of a deployment's task or function, from what `infra/` put into its environment; the region, and the endpoint where it is not
 * the region's own, are there by AWS's names. Throws SettingError.
 */
export function openDeployedEngine(
  environment: Environment,
  /** Of those who send by SES, or say who may. */
  { ses }: { ses?: OpenSes } = {},
): {
  engine: AwsEngine
  settings: DeployedSettings
  region: string
} {
  const settings = readDeployedSettings(environment)
  const region = environment['AWS_REGION']
  if (region === undefined) throw new SettingError('AWS_REGION', '', 'the region of the deployment')
  const endpoint = environment['AWS_ENDPOINT_URL']
  const { need, find, limits } = settings
  const queues = {
    arrivals: find('arrivals'),
    outgoing: find('outgoing'),
    feedback: find('feedback'),
    jobs: find('jobs'),
  }
  const doorQueue = find('door')
  const feedQueuePrefix = find('feedQueuePrefix')
  const spoolFolder = find('spool')
  const tenantRole = find('tenantRole')
  const engine = openAwsEngine({
    region,
    ...(endpoint !== undefined && endpoint !== '' && { endpoint }),
    tableName: need('table'),
    bucket: need('bucket'),
    queues: Object.fromEntries(Object.entries(queues).filter(([, url]) => url !== undefined)),
    ...(doorQueue !== undefined && { doorQueue }),
    ...(feedQueuePrefix !== undefined && { feedQueuePrefix }),
    ...(spoolFolder !== undefined && { spoolFolder }),
    ...(tenantRole !== undefined && { tenantRole }),
    relay: relayOf(settings, ses),
    messageOctets: limits.messageOctets,
    spoolSharedOctets: limits.spoolSharedOctets,
  })
  return { engine, settings, region }
}

function relayOf({ need, find }: DeployedSettings, open: OpenSes | undefined) {
  const kind = need('relay')
  if (kind === 'capture') return { kind } as const
  if (kind !== 'ses') throw new SettingError('TUBEPOST_RELAY', kind, 'capture or ses')
  const configurationSet = find('sesConfigurationSet')
  const resources = find('sesResources')
  const tenantPrefix = find('sesTenantPrefix')
  return {
    kind,
    ...(open !== undefined && { open }),
    ...(configurationSet !== undefined && { configurationSet }),
    ...(resources !== undefined && { resources }),
    ...(tenantPrefix !== undefined && { tenantPrefix }),
  } as const
}
