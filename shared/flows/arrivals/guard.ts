import { LruMap } from '../../mailbox/lru-map.ts'
import { RateLimit } from '../../mailbox/rate-limit.ts'
import type { Dns } from '../../ports/dns.ts'
import type { Scanner } from '../../ports/scanner.ts'
import type { SenderCheck } from '../../ports/sender-check.ts'
import type { Limits } from '../../settings.ts'

/**
 * Why something does not come in, or not now. `client-`, `sender-` and `recipient-too-fast`: more than their share of the hour.
 * `guessing`: too many addresses that do not exist. `listed`: on a list of the tenant's choice. `not-authentic`: DMARC. `unwanted` and `put-off`:
 * the scanner's word.
 */
export type Denial =
  | 'client-too-fast'
  | 'sender-too-fast'
  | 'recipient-too-fast'
  | 'guessing'
  | 'listed'
  | 'greylisted'
  | 'not-authentic'
  | 'unwanted'
  | 'put-off'

export type GuardLimits = Pick<
  Limits,
  | 'rateWindowMs'
  | 'messagesPerClient'
  | 'messagesPerSender'
  | 'messagesPerRecipient'
  | 'unknownRecipientsPerClient'
  | 'recipientsPerAccount'
  | 'greylistDelayMs'
>

export interface GuardOptions {
  /** With a cache, as every RCPT may ask for the same. */
  dns: Dns
  limits: GuardLimits
  /** Absent: nobody's word about the sender is looked at. */
  senderCheck?: SenderCheck
  scanner?: Scanner
  /** Domains whose ARC seal (RFC 8617) excuses a failed DMARC. */
  trustedSealers?: readonly string[]
  /** Whether clients at this address are looked at at all. */
  watches(remoteAddress: string): boolean
}

/** What keeps abuse out at the doors, with what one process remembers for it. */
export interface Guard extends Omit<GuardOptions, 'trustedSealers'> {
  trustedSealers: ReadonlySet<string>
  /** In memory: they bound a flood, which ends with the process as with its hour. */
  rates: Record<'client' | 'sender' | 'recipient' | 'unknownRecipient', RateLimit>
  /** Greylisted triplets known to have come again, and until when that need not be read. */
  known: LruMap<string, number>
}

const KNOWN_TRIPLETS = 50_000

export function openGuard(options: GuardOptions): Guard {
  const { limits, trustedSealers = [] } = options
  const rate = (limit: number) => new RateLimit(limit, limits.rateWindowMs)
  return {
    ...options,
    trustedSealers: new Set(trustedSealers.map((domain) => domain.toLowerCase())),
    rates: {
      client: rate(limits.messagesPerClient),
      sender: rate(limits.messagesPerSender),
      recipient: rate(limits.messagesPerRecipient),
      unknownRecipient: rate(limits.unknownRecipientsPerClient),
    },
    known: new LruMap(KNOWN_TRIPLETS),
  }
}
