import { createHash } from 'node:crypto'
import type { AccountId } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import { CAPABILITIES } from './capabilities.ts'
import type { JmapServices } from './method.ts'

/** The account's id as JMAP clients know it: theirs is no more than their own account, so its tenant says nothing. */
export function jmapAccountId(account: AccountId): string {
  return account.slice(account.indexOf('/') + 1)
}

/** The session resource (RFC 8620 §2). `origin`: where the client reached us, without a slash at its end. */
export function sessionObject(services: JmapServices, account: Account, origin: string): Record<string, unknown> {
  const id = jmapAccountId(account.id)
  const own = Object.entries(CAPABILITIES).flatMap(([urn, capability]) =>
    capability.account === undefined ? [] : [[urn, capability.account(services, account)] as const],
  )
  return {
    capabilities: sessionCapabilities(services, origin),
    accounts: {
      [id]: {
        name: account.address,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: Object.fromEntries(own),
      },
    },
    primaryAccounts: Object.fromEntries(own.map(([urn]) => [urn, id])),
    username: account.address,
    apiUrl: `${origin}/jmap/api`,
    downloadUrl: `${origin}/jmap/download/{accountId}/{blobId}/{name}?type={type}`,
    uploadUrl: `${origin}/jmap/upload/{accountId}/`,
    eventSourceUrl: `${services.pushOrigin ?? origin}/jmap/eventsource?types={types}&closeafter={closeafter}&ping={ping}`,
    state: sessionState(services, account),
  }
}

function sessionCapabilities(services: JmapServices, origin: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(CAPABILITIES).flatMap(([urn, capability]) => {
      const value = capability.session(services, origin)
      return value === undefined ? [] : [[urn, value]]
    }),
  )
}

/** Changes with whatever of the session resource may change (RFC 8620 §2). */
export function sessionState(services: JmapServices, account: Account): string {
  const parts = Object.entries(CAPABILITIES).map(([urn, { session, account: own }]) => [
    urn,
    session(services, ''),
    own?.(services, account),
  ])
  return createHash('sha256')
    .update(JSON.stringify([account.id, account.address, parts]))
    .digest('base64url')
    .slice(0, 16)
}
