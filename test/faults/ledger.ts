/** What clients were promised, to be held against the recount. */
import { type AccountId, accountOf, type TenantId, tenantOf } from '../../shared/mailbox/ids.ts'
import type { Recount } from './recount.ts'
import { sha256 } from './recount-contents.ts'

interface Promised {
  what: string
  /** Of the octets the client sent. */
  sha256: string
  accounts: readonly AccountId[]
  /** Where the copies have to be; absent: anywhere in the account. */
  path?: string
  acknowledged: boolean
}

export class Ledger {
  private readonly promised: Promised[] = []

  /** A client is about to send this; what it returns is called when the answer has come. */
  sending(what: string, octets: Uint8Array, accounts: readonly AccountId[], path?: string): () => void {
    const entry: Promised = {
      what,
      sha256: sha256(octets),
      accounts,
      ...(path !== undefined && { path }),
      acknowledged: false,
    }
    this.promised.push(entry)
    return () => {
      entry.acknowledged = true
    }
  }

  /** Acknowledged: exactly once for each account, and for nobody else; not acknowledged: at most once. */
  check(recount: Recount): string[] {
    return this.promised.flatMap(({ what, sha256: digest, accounts, path, acknowledged }) => {
      const found = places(recount, digest)
      const faults = accounts.flatMap((account) => {
        const own = found.filter((place) => place.account === account && (path === undefined || place.path === path))
        if (own.length === 1 || (own.length === 0 && !acknowledged)) return []
        return [
          `${what}, ${acknowledged ? '' : 'not '}acknowledged, is ${own.length} times in ${account} ${path ?? ''}`,
        ]
      })
      const strays = found.filter(({ account }) => !accounts.includes(account))
      return [...faults, ...strays.map(({ account }) => `${what} is in ${account}, which is no recipient`)]
    })
  }
}

export function places(recount: Recount, digest: string): { account: AccountId; path: string; uid: number }[] {
  return recount.mailboxes.flatMap(({ mailbox, path, messages }) =>
    [...messages.values()]
      .filter(({ content }) => recount.received.get(content) === digest)
      .map(({ uid }) => ({ account: accountOf(mailbox), path: path?.join('/') ?? '', uid })),
  )
}

/** Copies of a content in a mailbox. */
export function copiesIn(recount: Recount, account: AccountId, path: string, content: string): number {
  const mailbox = recount.mailboxes.find(
    (counted) => accountOf(counted.mailbox) === account && counted.path?.join('/') === path,
  )
  return [...(mailbox?.messages.values() ?? [])].filter((message) => message.content === content).length
}

export function tenantsOf(accounts: readonly AccountId[]): TenantId[] {
  return [...new Set(accounts.map(tenantOf))]
}
