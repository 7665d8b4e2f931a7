/** The guard of a scene, from its clauses: what the world says of a client, said here. */
import { cachedDns } from '../../shared/engines/common/dns-cache.ts'
import { type Guard, openGuard } from '../../shared/flows/arrivals/guard.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { DEFAULT_PROTECTION, type Protection } from '../../shared/mailbox/protection.ts'
import type { ScanAction } from '../../shared/ports/scanner.ts'
import type { SenderVerdict } from '../../shared/ports/sender-check.ts'
import type { Limits } from '../../shared/settings.ts'
import type { Store } from '../../shared/store/store.ts'
import { type Zones, zonesDns } from '../zones.ts'

const ONE = 'one' as TenantId
const DOMAIN = 'one.test'
const ZONE = 'list.test'
const FORGED: SenderVerdict = {
  spf: { result: 'fail' },
  dkim: [],
  dmarc: { result: 'fail', from: 'bank.test', policy: 'reject' },
  arc: { result: 'none' },
}

/** What the clauses ask for, collected before the scene is set. */
export interface GuardWishes {
  listed?: string
  greylisting?: boolean
  forged?: boolean
  scanner?: ScanAction
}

/**
 * Clauses: `a guard`, `<address> is listed` (on a list that one.test asks), `one.test greylists`, `the author is forged` (of a domain that asks
 * for refusal, as does one.test), `the scanner says <action>`. False: the clause is another's.
 */
export function readGuardClause(clause: string, wishes: GuardWishes): boolean {
  const listed = /^(\S+) is listed$/.exec(clause)
  const scanned = /^the scanner says (accept|junk|reject|put-off)$/.exec(clause)
  if (listed !== null) wishes.listed = listed[1]!
  else if (scanned !== null) wishes.scanner = scanned[1] as ScanAction
  else if (clause === 'one.test greylists') wishes.greylisting = true
  else if (clause === 'the author is forged') wishes.forged = true
  else return clause === 'a guard'
  return true
}

/** `restore`: as one.test was before. */
export async function setGuard(
  store: Store,
  limits: Limits,
  { listed, greylisting, forged, scanner }: GuardWishes,
): Promise<{ guard: Guard; restore(): Promise<void> }> {
  const zones: Zones = {}
  const wanted: Partial<Protection> = { ...(greylisting && { greylisting }), ...(forged && { dmarc: 'reject' }) }
  if (listed !== undefined) {
    zones[`A ${listed.split('.').reverse().join('.')}.${ZONE}`] = ['127.0.0.2']
    wanted.dnsbl = [ZONE]
  }
  await store.protections.change(ONE, DOMAIN, wanted)
  const guard = openGuard({
    dns: cachedDns(zonesDns(zones), store.engine.clock),
    limits,
    watches: () => true,
    ...(forged && { senderCheck: { check: async () => FORGED, close: async () => {} } }),
    ...(scanner && { scanner: { scan: async () => ({ action: scanner, score: 20, required: 15 }) } }),
  })
  return { guard, restore: () => store.protections.change(ONE, DOMAIN, DEFAULT_PROTECTION) }
}
