import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { openStore, type Store } from '../../shared/store/store.ts'

export const PASSWORD = 'secret'

/** A store on the embedded engine with tenant `one` (one.test: alice, bob) and tenant `two` (two.test: carol), all with `PASSWORD`. */
export async function openTestStore(): Promise<{ store: Store; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-'))
  const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' } })
  const store = openStore(engine)
  const { directory } = store
  for (const [tenant, domain, people] of [
    ['one', 'one.test', ['alice', 'bob']],
    ['two', 'two.test', ['carol']],
  ] as const) {
    await directory.createTenant(tenant as TenantId, tenant)
    await directory.addDomain(tenant as TenantId, domain, { verified: true })
    for (const localPart of people) await directory.createAccount(tenant as TenantId, { localPart, domain }, PASSWORD)
  }
  return {
    store,
    async close() {
      await engine.close()
      await rm(folder, { recursive: true })
    },
  }
}
