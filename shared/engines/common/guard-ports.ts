import type { Clock } from '../../ports/clock.ts'
import type { Dns } from '../../ports/dns.ts'
import type { Scanner } from '../../ports/scanner.ts'
import type { SenderCheck } from '../../ports/sender-check.ts'
import type { GuardSettings } from '../../settings.ts'
import { cachedDns } from './dns-cache.ts'
import { rspamdScanner } from './rspamd.ts'
import { openSenderCheck } from './sender-check.ts'

export interface GuardPorts {
  /** With a cache that all of them share. */
  dns: Dns
  senderCheck?: SenderCheck
  scanner?: Scanner
}

/** What the guard (flows/arrivals/guard.ts) asks of the world, by the settings. `close` ends its threads. */
export function openGuardPorts(
  engine: { dns: Dns; clock: Clock },
  { senderChecks, rspamdUrl }: GuardSettings,
  hostName: string,
): { ports: GuardPorts; close(): Promise<void> } {
  const dns = cachedDns(engine.dns, engine.clock)
  const senderCheck = senderChecks ? openSenderCheck({ dns, hostName }) : undefined
  const scanner = rspamdUrl === undefined ? undefined : rspamdScanner({ url: rspamdUrl })
  return {
    ports: { dns, ...(senderCheck && { senderCheck }), ...(scanner && { scanner }) },
    close: async () => senderCheck?.close(),
  }
}
