/** What clients were promised, to be held against the recount. */
import { type AccountId, accountOf } from '../../shared/mailbox/ids.ts'
import type { Recount } from './recount.ts'
import { sha256 } from './recount-contents.ts'

export interface Promised {
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
    const entry = { what, sha256: sha256(octets), accounts, ...(path !== undefined && { path }), acknowledged: false }
    this.promise(entry)
    return () => {
      entry.acknowledged = true
    }
  }

  promise(entry: Promised): void {
    this.promised.push(entry)
  }

  /** Acknowledged: exactly once for each account, and for nobody else; not acknowledged: at most once. */
  check(recount: Recount): string[] {
    const places = placesByDigest(recount)
    return this.promised.flatMap(({ what, sha256: digest, accounts, path, acknowledged }) => {
      const found = places.get(digest) ?? []
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

interface Place {
  account: AccountId
  path: string
}

/** Where there is a copy of what a client sent. */
function placesByDigest(recount: Recount): Map<string, Place[]> {
  const places = new Map<string, Place[]>()
  for (const { mailbox, path, messages } of recount.mailboxes) {
    for (const { content } of messages.values()) {
      const digest = recount.received.get(content)
      if (digest === undefined) continue // its object is missing, as the recount says
      const there = places.get(digest) ?? []
      places.set(digest, there)
      there.push({ account: accountOf(mailbox), path: path?.join('/') ?? '' })
    }
  }
  return places
}

/** Copies of a content in a mailbox. */
export function copiesIn(recount: Recount, account: AccountId, path: string, content: string): number {
  const mailbox = recount.mailboxes.find(
    (counted) => accountOf(counted.mailbox) === account && counted.path?.join('/') === path,
  )
  return [...(mailbox?.messages.values() ?? [])].filter((message) => message.content === content).length
}
