import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { MailError } from '../mailbox/errors.ts'
import type { TenantId } from '../mailbox/ids.ts'
import { limitsWhatComesIn } from '../mailbox/tenant-limits.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item, type Operation, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import {
  ADDRESS_PREFIX,
  DOMAIN_PREFIX,
  domainKey,
  tenantDomainKey,
  tenantDomainNameKey,
  tenantItemKey,
} from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'
import { limitsFrom } from './tenants.ts'
import { writeIf } from './write-if.ts'

const generateKeyPairAsync = promisify(generateKeyPair)

export type RecordStatus = 'not_started' | 'pending' | 'verified' | 'failed'
export type DomainStatus = RecordStatus | 'partially_verified'

/** What its tenant may change. */
export interface DomainSettings {
  sending: boolean
  receiving: boolean
  tls: 'opportunistic' | 'enforced'
  /** Label of the subdomain that bounces come back to. */
  returnPath: string
}

export interface TenantDomain extends DomainSettings {
  id: string
  name: string
  /** Milliseconds since 1970. */
  createdAt: number
  status: DomainStatus
  /** By the record's key (flows/tenants/domain-records.ts); what was never looked up is absent. */
  recordStatuses: Readonly<Record<string, RecordStatus>>
}

export interface DkimKey {
  selector: string
  /** Base64 of the SubjectPublicKeyInfo, as the TXT record has it (RFC 6376 §3.6.1). */
  publicKey: string
  /** PKCS #8, PEM. */
  privateKey: string
}

const DEFAULTS: DomainSettings = { sending: true, receiving: true, tls: 'opportunistic', returnPath: 'send' }
const DKIM_SELECTOR = 'tubepost'
/** What every verifier takes (RFC 8301 §3.2). */
const DKIM_MODULUS_BITS = 2048

/**
 * The domains of tenants. Any tenant may add any name and learns nothing by it; the name is the tenant's, for all of Tubepost, from when it has
 * proved by DNS that it is. Part of the directory, as that reads across tenants.
 */
export class Domains {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** `verified` without any look-up is the operator's word. Throws MailError 'in-use'. */
  async add(
    tenant: TenantId,
    name: string,
    { verified, ...settings }: Partial<DomainSettings> & { verified: boolean },
  ): Promise<TenantDomain> {
    const { clock, ids, table } = this.engine
    const id = ids.content() as string
    const createdAt = clock.now()
    const status: DomainStatus = verified ? 'verified' : 'not_started'
    const put: Item = { ...tenantDomainKey(tenant, id), name, createdAt, status, ...DEFAULTS, ...settings }
    const named: Item = { ...tenantDomainNameKey(tenant, name), domain: id }
    const owned = verified ? [{ put: await this.ownership(tenant, id, name), if: { absent: true } as const }] : []
    try {
      await table.write([{ put: named, if: { absent: true } }, { put }, ...owned])
    } catch (error) {
      if (error instanceof ConflictError)
        throw new MailError('in-use', `domain ${name} exists already`, { cause: error })
      throw error
    }
    return domainFrom(put)
  }

  async get(tenant: TenantId, id: string): Promise<TenantDomain | undefined> {
    const item = await this.engine.table.get(tenantDomainKey(tenant, id))
    return item && domainFrom(item)
  }

  async byName(tenant: TenantId, name: string): Promise<TenantDomain | undefined> {
    const item = await this.engine.table.get(tenantDomainNameKey(tenant, name))
    return item && this.get(tenant, item['domain'] as string)
  }

  /** The newest first. */
  async page(tenant: TenantId, request: PageRequest): Promise<PageOf<TenantDomain>> {
    const { items, hasMore } = await pageOf(this.engine.table, tenantKey(tenant), DOMAIN_PREFIX, request, 'descending')
    return { items: items.map(domainFrom), hasMore }
  }

  /** False where there is none. */
  async change(tenant: TenantId, id: string, settings: Partial<DomainSettings>): Promise<boolean> {
    if (Object.keys(settings).length === 0) return (await this.get(tenant, id)) !== undefined
    return this.write([{ update: tenantDomainKey(tenant, id), set: { ...settings }, if: { present: true } }])
  }

  /** What a look-up found. */
  async recordStatus(
    tenant: TenantId,
    id: string,
    status: DomainStatus,
    recordStatuses: Readonly<Record<string, RecordStatus>>,
  ): Promise<void> {
    const set = { status, recordStatuses: JSON.stringify(recordStatuses) }
    await this.write([{ update: tenantDomainKey(tenant, id), set, if: { present: true } }])
  }

  /** After the proof: from here on mail for the name is the tenant's. False where another tenant has it. Repeatable. */
  async own(tenant: TenantId, { id, name }: Pick<TenantDomain, 'id' | 'name'>): Promise<boolean> {
    const put = await this.ownership(tenant, id, name)
    if (await this.write([{ put, if: { absent: true } }])) return true
    return (await this.engine.table.get(domainKey(name)))?.['tenant'] === tenant
  }

  /** After the proof of a claim, from one tenant to another. False where it is not the one's any more. */
  async transfer(from: TenantId, to: TenantId, { id, name }: Pick<TenantDomain, 'id' | 'name'>): Promise<boolean> {
    return this.write([{ put: await this.ownership(to, id, name), if: { equals: { tenant: from } } }])
  }

  /** Takes away the addresses that a tenant has in a domain which is not theirs any more. Repeatable. */
  async releaseAddresses(tenant: TenantId, name: string): Promise<void> {
    for await (const { pk, sk, ...item } of queryAll(this.engine.table, domainKey(name).pk, {
      prefix: ADDRESS_PREFIX,
    })) {
      if (item['tenant'] === tenant) await this.write([{ delete: { pk, sk }, if: { equals: { tenant } } }])
    }
  }

  /** Whether accounts or aliases have addresses in it. */
  async hasAddresses(name: string): Promise<boolean> {
    const { items } = await this.engine.table.query(domainKey(name).pk, { prefix: ADDRESS_PREFIX, limit: 1 })
    return items.length > 0
  }

  /** Gives the name back. Repeatable. */
  async remove(tenant: TenantId, { id, name }: Pick<TenantDomain, 'id' | 'name'>): Promise<void> {
    await this.engine.table.write([
      { delete: tenantDomainKey(tenant, id) },
      { delete: tenantDomainNameKey(tenant, name) },
    ])
    await this.write([{ delete: domainKey(name), if: { present: true, equals: { tenant } } }])
  }

  /** Made when it is first asked for, and then the same for ever. Undefined where there is no such domain. */
  async dkimKey(tenant: TenantId, id: string): Promise<DkimKey | undefined> {
    const key = tenantDomainKey(tenant, id)
    const known = dkimFrom(await this.engine.table.get(key))
    if (known !== undefined) return known
    const pair = await generateKeyPairAsync('rsa', {
      modulusLength: DKIM_MODULUS_BITS,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const set = {
      dkimSelector: DKIM_SELECTOR,
      dkimPublic: pair.publicKey.toString('base64'),
      dkimPrivate: pair.privateKey,
    }
    await this.write([{ update: key, set, if: { present: true, unset: ['dkimPrivate'] } }])
    return dkimFrom(await this.engine.table.get(key)) // of two made at once the first is kept
  }

  /** RCPT's one read says it all, so whether the tenant is suspended stands here too. */
  private async ownership(tenant: TenantId, id: string, name: string): Promise<Item> {
    const owner = await this.engine.table.get(tenantItemKey(tenant))
    const suspended = owner?.['suspended'] === true
    const limited = limitsWhatComesIn(limitsFrom(owner))
    const createdAt = this.engine.clock.now()
    return {
      ...domainKey(name),
      tenant,
      id,
      verified: true,
      createdAt,
      ...(suspended && { suspended }),
      ...(limited && { limited }),
    }
  }

  private async write(operations: readonly Operation[]): Promise<boolean> {
    return writeIf(this.engine.table, operations)
  }
}

function domainFrom(item: Item): TenantDomain {
  const statuses = item['recordStatuses'] as string | undefined
  return {
    id: item.sk.slice(DOMAIN_PREFIX.length),
    name: item['name'] as string,
    createdAt: item['createdAt'] as number,
    status: item['status'] as DomainStatus,
    sending: item['sending'] === true,
    receiving: item['receiving'] === true,
    tls: item['tls'] as DomainSettings['tls'],
    returnPath: item['returnPath'] as string,
    recordStatuses: statuses === undefined ? {} : JSON.parse(statuses),
  }
}

function dkimFrom(item: Item | undefined): DkimKey | undefined {
  if (item?.['dkimPrivate'] === undefined) return undefined
  return {
    selector: item['dkimSelector'] as string,
    publicKey: item['dkimPublic'] as string,
    privateKey: item['dkimPrivate'] as string,
  }
}
