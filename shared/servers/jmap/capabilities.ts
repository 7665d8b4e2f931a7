import type { Account } from '../../store/accounts.ts'
import type { JmapServices } from './method.ts'
import { OWN_CAPABILITIES } from './own/own-capabilities.ts'

export const CORE = 'urn:ietf:params:jmap:core'
export const MAIL = 'urn:ietf:params:jmap:mail'

/** Of names of mailboxes: a level is cut where IMAP's is. */
const MAILBOX_NAME_OCTETS = 240

interface Capability {
  /** Its value in `capabilities` of the session (RFC 8620 §2). `origin`: where the client reached us; '' where that does not matter. Undefined: it is not offered here. */
  session(services: JmapServices, origin: string): Record<string, unknown> | undefined
  /** Its value in `accountCapabilities`; absent: it is none of accounts. */
  account?(services: JmapServices, account: Account): Record<string, unknown>
}

/** Everything that a request can be `using`. */
export const CAPABILITIES: Readonly<Record<string, Capability>> = {
  [CORE]: {
    session: ({ limits }) => ({
      maxSizeUpload: limits.messageOctets,
      maxConcurrentUpload: limits.jmapConcurrentUploads,
      maxSizeRequest: limits.jmapRequestOctets,
      maxConcurrentRequests: limits.jmapConcurrentRequests,
      maxCallsInRequest: limits.jmapCallsInRequest,
      maxObjectsInGet: limits.jmapObjectsInGet,
      maxObjectsInSet: limits.jmapObjectsInSet,
      collationAlgorithms: ['i;ascii-casemap', 'i;unicode-casemap'],
    }),
    account: () => ({}),
  },
  [MAIL]: {
    session: () => ({}),
    account: ({ limits }) => ({
      maxMailboxesPerEmail: null,
      maxMailboxDepth: 32,
      maxSizeMailboxName: MAILBOX_NAME_OCTETS,
      maxSizeAttachmentsPerEmail: limits.messageOctets,
      emailQuerySortOptions: [
        'receivedAt',
        'size',
        'from',
        'to',
        'subject',
        'sentAt',
        'hasKeyword',
        'allInThreadHaveKeyword',
        'someInThreadHaveKeyword',
      ],
      mayCreateTopLevelMailbox: true,
    }),
  },
  ...OWN_CAPABILITIES,
}
