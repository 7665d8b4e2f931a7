import { ParseError } from '../codec/parse-error.ts'
import { parsePathAddress } from '../codec/smtp/address.ts'
import { type Address, foldLocalPart, withoutDetail } from '../mailbox/address.ts'
import type { AccountId, TenantId } from '../mailbox/ids.ts'
import type { Item, Table } from '../ports/table.ts'
import { addressKey, CATCH_ALL, domainKey } from './keys.ts'

/** Aliases that lead to aliases, so many times. */
const LEVELS = 10
/** Addresses looked up in one read of up to four items each. */
const AT_ONCE = 25

export interface Targets {
  accounts: readonly AccountId[]
  /** Addresses of other tenants, of the world, and those that lead nowhere: whoever sends there finds out. */
  forwards: readonly string[]
  /** One of the accounts may have a quota of its own. */
  quotas?: boolean
}

/** Follows aliases that lead to aliases of the same tenant, each once, so that a ring of them ends. One read a level for up to 25. */
export async function expandForwards(
  table: Pick<Table, 'getMany'>,
  tenant: TenantId,
  from: Address,
  { accounts, forwards, quotas = false }: Targets,
): Promise<Required<Targets>> {
  const found = new Set(accounts)
  let anyQuota = quotas
  const outside = new Set<string>()
  const seen = new Set([nameOf(from)])
  let level = [...forwards]
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = []
    for (let at = 0; at < level.length; at += AT_ONCE) {
      const looked = level.slice(at, at + AT_ONCE).flatMap((text) => {
        const address = parsed(text)
        if (address === undefined || seen.has(nameOf(address))) return []
        seen.add(nameOf(address))
        return [{ text, address }]
      })
      const items =
        depth < LEVELS
          ? await lookUp(
              table,
              looked.map(({ address }) => address),
            )
          : []
      looked.forEach(({ text }, index) => {
        const item = items[index]
        if (item?.['tenant'] !== tenant) outside.add(text)
        else {
          for (const account of item['accounts'] as readonly AccountId[]) found.add(account)
          if (item['quotas'] === true) anyQuota = true
          next.push(...((item['forwards'] as readonly string[] | undefined) ?? []))
        }
      })
    }
    level = next
  }
  return { accounts: [...found], forwards: [...outside], quotas: anyQuota }
}

/** The item that each address leads to, where its domain has been proved to be a tenant's. */
async function lookUp(table: Pick<Table, 'getMany'>, addresses: readonly Address[]): Promise<(Item | undefined)[]> {
  const keys = addresses.map(({ localPart, domain }) => {
    const folded = foldLocalPart(localPart)
    const base = withoutDetail(folded)
    const locals = [...new Set([folded, ...(base === undefined ? [] : [base]), CATCH_ALL])]
    return [domainKey(domain), ...locals.map((local) => addressKey(local, domain))]
  })
  const distinct = new Map(keys.flat().map((key) => [`${key.pk} ${key.sk}`, key]))
  const items = await table.getMany([...distinct.values()])
  const byName = new Map([...distinct.keys()].map((name, index) => [name, items[index]]))
  return keys.map(([domain, ...locals]) => {
    const owner = byName.get(`${domain!.pk} ${domain!.sk}`)
    if (owner?.['verified'] !== true || owner['suspended'] === true) return undefined
    return locals.map((key) => byName.get(`${key.pk} ${key.sk}`)).find((item) => item?.['tenant'] === owner['tenant'])
  })
}

function nameOf({ localPart, domain }: Address): string {
  return `${foldLocalPart(localPart)}@${domain}`
}

function parsed(text: string): Address | undefined {
  try {
    return parsePathAddress(text)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
