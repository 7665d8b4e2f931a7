import type { TenantId } from '../mailbox/ids.ts'

/** A domain as a relay has to know it that signs and takes bounces back by itself. */
export interface SendingIdentity {
  tenant: TenantId
  domain: string
  /** It signs with this key, whose record the domain's owner publishes (RFC 6376 §3.6.1). RSA, in PEM. */
  dkim: { selector: string; privateKey: string }
  /** Domain of the reverse-path, below `domain`. */
  returnPath: string
}

/** Who may send at a relay that sends only for those it was told of. All of it may be repeated. */
export interface SendingIdentities {
  /** From now on the domain is the tenant's to send from; what it was told before is brought to this. */
  put(identity: SendingIdentity): Promise<void>
  /** The tenant does not send from the domain any more. What somebody else set up there by that name stays. */
  remove(tenant: TenantId, domain: string): Promise<void>
  /** Nothing is kept for the tenant any more; its domains are removed before. */
  removeTenant(tenant: TenantId): Promise<void>
}
