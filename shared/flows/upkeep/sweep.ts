import { setImmediate as nextTurn } from 'node:timers/promises'
import { log } from '../../log.ts'
import { idPrefixAt } from '../../mailbox/id-time.ts'
import type { ContentId, TenantId } from '../../mailbox/ids.ts'
import { type BlobEntry, listAll } from '../../ports/blobs.ts'
import { outboundKey, viewKey } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { formatJob } from './jobs.ts'

export interface Swept {
  arrivals: number
  outgoing: number
  jobs: number
}

/** An object this young may still be on its way through the queue. */
const YOUNG_MS = 15 * 60 * 1000
/** A sweep looks back so far: ids begin with their time, so that older objects are not even listed. */
const LOOK_BACK_MS = 3 * 24 * 60 * 60 * 1000
const AT_ONCE = 100

/**
 * Finds what an event that never came left lying, and queues it again: a lost event costs an hour, never a message. Hourly.
 * `whole`: looks at every object, not only at those of the last days.
 */
export async function sweep(store: Store, { whole = false }: { whole?: boolean } = {}): Promise<Swept> {
  const swept: Swept = { arrivals: 0, outgoing: 0, jobs: 0 }
  for await (const tenant of store.directory.tenants()) {
    const own = store.tenant(tenant)
    swept.arrivals += await requeue(own, 'raw', 'arrivals', viewKey, whole)
    swept.outgoing += await requeue(own, 'outbox', 'outgoing', outboundKey, whole)
    swept.jobs += await requeueRemovals(own)
  }
  if (swept.arrivals + swept.outgoing + swept.jobs > 0) log.warn('swept', { ...swept })
  return swept
}

/** Objects of a kind without the item that their first processing leaves. */
async function requeue(
  own: TenantStore,
  kind: 'raw' | 'outbox',
  queue: 'arrivals' | 'outgoing',
  keyOf: (tenant: TenantId, content: ContentId) => { pk: string; sk: string },
  whole: boolean,
): Promise<number> {
  const { blobs, clock, table, queues } = own.engine
  const prefix = `${kind}/${own.tenant}/`
  const now = clock.now()
  let found = 0
  async function check(entries: readonly BlobEntry[]): Promise<void> {
    const items = await table.getMany(
      entries.map(({ name }) => keyOf(own.tenant, name.slice(prefix.length) as ContentId)),
    )
    const missed = entries.filter((_, index) => items[index] === undefined)
    for (const { name } of missed) await queues[queue].send(JSON.stringify({ name }))
    found += missed.length
  }
  let batch: BlobEntry[] = []
  for await (const entry of listAll(blobs, prefix, whole ? undefined : `${prefix}${idPrefixAt(now - LOOK_BACK_MS)}`)) {
    if (now - entry.writtenAt < YOUNG_MS) continue
    batch.push(entry)
    if (batch.length < AT_ONCE) continue
    await check(batch)
    batch = []
    await nextTurn() // where reads are answered at once, others still get their turn
  }
  await check(batch)
  return found
}

async function requeueRemovals(own: TenantStore): Promise<number> {
  let found = 0
  for await (const { id } of own.accounts.list()) {
    for await (const mailbox of own.mailboxes.removed(id)) {
      await own.engine.queues.jobs.send(formatJob({ kind: 'remove-mailbox', mailbox }))
      found += 1
    }
  }
  return found
}
