import { MailError } from '../mailbox/errors.ts'
import type { TenantId } from '../mailbox/ids.ts'
import { DEFAULT_PROTECTION, DMARC_ACTIONS, MOST_DNSBL_ZONES, type Protection } from '../mailbox/protection.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item } from '../ports/table.ts'
import { domainKey } from './keys.ts'

/** What tenants keep out of their domains. It stands on the domain's item, so that RCPT's one read has it. Part of the directory. */
export class Protections {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Throws MailError 'not-allowed' where the domain is not the tenant's (yet). */
  async get(tenant: TenantId, domain: string): Promise<Protection> {
    const item = await this.engine.table.get(domainKey(domain))
    if (item?.['tenant'] !== tenant) throw new MailError('not-allowed', `${domain} is not of ${tenant}`)
    return protectionFrom(item)
  }

  /** Throws MailError 'not-allowed' where the domain is not the tenant's (yet), RangeError for what cannot be a setting. */
  async change(tenant: TenantId, domain: string, changes: Partial<Protection>): Promise<void> {
    const { dmarc, dnsbl, greylisting } = changes
    if (dmarc !== undefined && !DMARC_ACTIONS.includes(dmarc)) throw new RangeError(`no DMARC action: ${dmarc}`)
    if (dnsbl !== undefined) {
      if (dnsbl.length > MOST_DNSBL_ZONES) throw new RangeError(`more than ${MOST_DNSBL_ZONES} lists`)
      for (const zone of dnsbl) if (!isZone(zone)) throw new RangeError(`no zone: ${zone}`)
    }
    const set = {
      ...(dmarc !== undefined && { dmarc }),
      ...(dnsbl !== undefined && { dnsbl: [...dnsbl] }),
      ...(greylisting !== undefined && { greylisting }),
    }
    if (Object.keys(set).length === 0) return
    try {
      await this.engine.table.write([{ update: domainKey(domain), set, if: { equals: { tenant } } }])
    } catch (error) {
      if (error instanceof ConflictError) throw new MailError('not-allowed', `${domain} is not of ${tenant}`)
      throw error
    }
  }
}

/** Of a domain's item. */
export function protectionFrom({ dmarc, dnsbl, greylisting }: Item): Protection {
  if (dmarc === undefined && dnsbl === undefined && greylisting === undefined) return DEFAULT_PROTECTION
  return {
    dmarc: (dmarc as Protection['dmarc'] | undefined) ?? DEFAULT_PROTECTION.dmarc,
    dnsbl: (dnsbl as readonly string[] | undefined) ?? [],
    greylisting: greylisting === true,
  }
}

function isZone(zone: string): boolean {
  return /^[a-z0-9](?:[a-z0-9_.-]{0,188}[a-z0-9])?$/i.test(zone) && !zone.includes('..')
}
