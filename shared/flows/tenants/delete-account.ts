import { parseAddress } from '../../codec/smtp/address.ts'
import { type AccountId, tenantOf } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { formatJob } from '../upkeep/jobs.ts'

/** Ends an account at once: nobody signs in, nothing comes in for it. What it held goes by a job. False where there is none. */
export async function deleteAccount(store: Store, id: AccountId): Promise<boolean> {
  const tenant = tenantOf(id)
  const { accounts, engine } = store.tenant(tenant)
  const account = await accounts.get(id)
  if (account === undefined) return false
  await accounts.end(id)
  await store.directory.releaseAddress(parseAddress(account.address), id)
  for await (const alias of store.aliases.all(tenant)) {
    if (!alias.accounts.includes(id)) continue
    const others = alias.accounts.filter((other) => other !== id)
    const address = parseAliasAddress(alias.address)
    if (others.length === 0) await store.aliases.remove(tenant, address)
    else await store.aliases.change(tenant, address, { ...alias, accounts: others })
  }
  await engine.queues.jobs.send(formatJob({ kind: 'remove-account', account: id }))
  return true
}

/** `*`, the catch-all, is no local part of SMTP's grammar that everybody reads alike. */
export function parseAliasAddress(text: string): { localPart: string; domain: string } {
  return text.startsWith('*@') ? { ...parseAddress(`x${text.slice(1)}`), localPart: '*' } : parseAddress(text)
}
