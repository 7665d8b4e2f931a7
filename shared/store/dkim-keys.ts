import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { TenantId } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item } from '../ports/table.ts'
import type { DkimKey } from './domains.ts'
import { domainKey, tenantDomainKey } from './keys.ts'

const generateKeyPairAsync = promisify(generateKeyPair)
/** Among the records of a domain (flows/tenants/domain-records.ts). */
const ED25519_RECORD = 'dkim-ed25519'
const ED25519_SELECTOR = 'tubepost-ed25519'
/** A SubjectPublicKeyInfo of Ed25519 ends with the key itself (RFC 8410 §4), which is all that the TXT record has (RFC 8463 §4.2). */
const ED25519_OCTETS = 32

/**
 * The keys that a domain's mail is signed with. That for RSA is made with the domain's records (domains.ts); one for Ed25519 stands beside it
 * where this house signs by itself. A verifier that does not know Ed25519 reads the other signature (RFC 8463 §5). Part of the directory.
 */
export class DkimKeys {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** What to sign with, RSA first: the key for Ed25519 once its record has been seen. None where the domain is not the tenant's. */
  async of(tenant: TenantId, domain: string): Promise<DkimKey[]> {
    const owner = await this.engine.table.get(domainKey(domain))
    if (owner?.['tenant'] !== tenant || typeof owner['id'] !== 'string') return []
    const item = await this.engine.table.get(tenantDomainKey(tenant, owner['id']))
    const keys = [keyFrom(item, 'dkim'), isPublished(item) ? keyFrom(item, 'dkimEd25519') : undefined]
    return keys.filter((key) => key !== undefined)
  }

  /** Made when it is first asked for, and then the same for ever. Undefined where there is no such domain. */
  async ed25519(tenant: TenantId, id: string): Promise<DkimKey | undefined> {
    const key = tenantDomainKey(tenant, id)
    const known = keyFrom(await this.engine.table.get(key), 'dkimEd25519')
    if (known !== undefined) return known
    const pair = await generateKeyPairAsync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const set = {
      dkimEd25519Selector: ED25519_SELECTOR,
      dkimEd25519Public: pair.publicKey.subarray(-ED25519_OCTETS).toString('base64'),
      dkimEd25519Private: pair.privateKey,
    }
    try {
      await this.engine.table.write([{ update: key, set, if: { present: true, unset: ['dkimEd25519Private'] } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // of two made at once the first is kept
    }
    return keyFrom(await this.engine.table.get(key), 'dkimEd25519')
  }
}

function isPublished(item: Item | undefined): boolean {
  const statuses = item?.['recordStatuses']
  return typeof statuses === 'string' && JSON.parse(statuses)[ED25519_RECORD] === 'verified'
}

function keyFrom(item: Item | undefined, prefix: 'dkim' | 'dkimEd25519'): DkimKey | undefined {
  const privateKey = item?.[`${prefix}Private`]
  if (typeof privateKey !== 'string') return undefined
  return {
    selector: item![`${prefix}Selector`] as string,
    publicKey: item![`${prefix}Public`] as string,
    privateKey,
  }
}
