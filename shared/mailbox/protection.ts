/** What becomes of mail that fails DMARC (RFC 9989) where the owner of its author's domain asks for more than to be told. */
export const DMARC_ACTIONS = ['reject', 'junk', 'none'] as const
export type DmarcAction = (typeof DMARC_ACTIONS)[number]

/** What a tenant keeps out of a domain of its own. */
export interface Protection {
  /** `reject`: as the owner asks, refused or into Junk; `junk`: always into Junk; `none`: it is only told in the header. */
  dmarc: DmarcAction
  /** Zones that list addresses nothing is taken from (RFC 5782). */
  dnsbl: readonly string[]
  /** A client not seen before must come again. */
  greylisting: boolean
}

/** Nothing is lost by it: indirect mail fails DMARC through no fault of its own (RFC 9989 §7.4). */
export const DEFAULT_PROTECTION: Protection = { dmarc: 'junk', dnsbl: [], greylisting: false }

/** Each is a look-up for each client. */
export const MOST_DNSBL_ZONES = 10
