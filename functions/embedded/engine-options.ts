import { createDns } from '../../shared/engines/common/dns.ts'
import type { EmbeddedOptions } from '../../shared/engines/embedded/engine.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'

/** The engine as the settings want it: the same in each thread of the process. */
export function engineOptions(
  { data, relay, hostName, limits, dnsServers }: EmbeddedSettings,
  linkBase: string | (() => string),
): EmbeddedOptions {
  if (relay.kind === 'ses') throw new Error('TUBEPOST_RELAY=ses is not available here')
  const { messageOctets, relayConnections, spoolSharedOctets } = limits
  const dns = dnsServers === undefined ? {} : { dns: createDns({ servers: dnsServers }) }
  return { folder: data, relay, hostName, messageOctets, relayConnections, spoolSharedOctets, linkBase, ...dns }
}
