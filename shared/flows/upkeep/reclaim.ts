import { setImmediate as nextTurn } from 'node:timers/promises'
import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, type ContentId, type MailboxId, mailboxId, type TenantId } from '../../mailbox/ids.ts'
import { LruMap } from '../../mailbox/lru-map.ts'
import { listAll, purgeAll } from '../../ports/blobs.ts'
import { copyTokenText, parseCopyToken, savedAt } from '../../store/copy-token.ts'
import type { Delivery } from '../../store/deliveries.ts'
import {
  attachmentPrefix,
  contentName,
  envelopeName,
  outboxName,
  parseContentName,
  viewName,
} from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { UpkeepLease } from '../../store/upkeep-leases.ts'

/** A content that nothing has needed for so long is deleted; nothing younger is. */
export const UNNEEDED_MS = 7 * 24 * 60 * 60 * 1000
/** A token whose copy does not show by then belongs to a commit that never came. */
const UNCOMMITTED_MS = 24 * 60 * 60 * 1000
const MAILBOXES_AT_HAND = 20
const CONTENTS_A_TURN = 20

export interface Reclaimed {
  contents: number
  tokens: number
}

/**
 * Walks through a tenant's contents and deletes those that no copy needs (I7): first no new copy can be made, then the object goes, then what is
 * known of it. Also takes away tokens whose commit never came. Repeatable; a crash at any point leaves work for the next walk.
 */
export async function reclaim(house: Store, tenant: TenantId): Promise<Reclaimed> {
  const lease = await house.upkeepLeases.take(tenant, 'reclaim')
  if (lease === undefined) {
    log.info('reclaim-put-off', { tenant }) // a reindex is at work: what it has not put back yet looks unneeded
    return { contents: 0, tokens: 0 }
  }
  try {
    return await walk(house, tenant, lease)
  } finally {
    await lease.end()
  }
}

async function walk(house: Store, tenant: TenantId, lease: UpkeepLease): Promise<Reclaimed> {
  const store = house.tenant(tenant)
  const reclaimed: Reclaimed = { contents: 0, tokens: 0 }
  const copies = copiesByMailbox(store)
  const now = store.engine.clock.now()
  let seen = 0
  for await (const content of store.deliveries.ending()) await deleteContent(store, content) // a walk was cut off here
  for await (const { name, writtenAt } of listAll(store.engine.blobs, `raw/${store.tenant}/`)) {
    const content = parseContentName(name)?.content
    await lease.renew()
    // Where reads are answered at once, others still get their turn.
    if (++seen % CONTENTS_A_TURN === 0) await nextTurn()
    if (content === undefined || now - writtenAt < UNCOMMITTED_MS) continue
    const deliveries = await store.deliveries.of(content)
    for (const delivery of deliveries) reclaimed.tokens += await dropUncommitted(store, content, delivery, copies, now)
    if (now - writtenAt < UNNEEDED_MS || !(await isUnneeded(house, store, content, deliveries, now))) continue
    await deleteContent(store, content)
    reclaimed.contents += 1
  }
  await deleteStrays(store, now)
  await store.uploads.expire()
  if (reclaimed.contents + reclaimed.tokens > 0) log.info('reclaimed', { tenant: store.tenant, ...reclaimed })
  return reclaimed
}

/** True once no copy can come any more. */
async function isUnneeded(
  house: Store,
  store: TenantStore,
  content: ContentId,
  deliveries: readonly Delivery[],
  now: number,
): Promise<boolean> {
  const idle = deliveries.every(
    ({ tokens, emptySince = 0, doomed }) => tokens.size === 0 && (doomed || now - emptySince > UNNEEDED_MS),
  )
  if (!idle || (await isAwaited(house, store, content, deliveries))) return false
  for (const delivery of deliveries) {
    if (!delivery.doomed && !(await store.deliveries.doom(content, delivery))) return false
  }
  return true
}

/** Whether a recipient is still to get it: indexing that keeps failing must find the object when it is mended. */
export async function isAwaited(
  house: Store,
  store: TenantStore,
  content: ContentId,
  deliveries: readonly Delivery[],
): Promise<boolean> {
  const info = await store.engine.blobs.head(contentName(store.tenant, content))
  if (info === undefined) return false
  const { origin, recipients, after } = await store.envelopes.of(info)
  // An APPEND that was not acknowledged, and a transaction that was not completed, have nobody waiting for them.
  if (origin === 'append') return false
  if (after !== undefined && (await house.engine.blobs.head(after)) === undefined) return false
  // Never indexed: whoever it is for, or is to be forwarded to, is still to get it.
  if ((await store.views.find(content)) === undefined) return true
  const delivered = new Set(deliveries.map(({ account }) => account))
  for (const account of new Set(recipients.flatMap(({ accounts }) => accounts))) {
    if (!delivered.has(account) && (await store.accounts.get(account)) !== undefined) return true
  }
  return false
}

/** Envelopes and views whose content never came: each is written before it. */
async function deleteStrays(store: TenantStore, now: number): Promise<void> {
  const { blobs } = store.engine
  for (const kind of ['envelope', 'view']) {
    const prefix = `${kind}/${store.tenant}/`
    for await (const { name, writtenAt } of listAll(blobs, prefix)) {
      const content = name.slice(prefix.length) as ContentId
      if (now - writtenAt < UNNEEDED_MS || (await blobs.head(contentName(store.tenant, content))) !== undefined)
        continue
      if (kind === 'envelope' && (await blobs.head(outboxName(store.tenant, content))) !== undefined) continue
      await deleteContent(store, content)
    }
  }
}

/** `forEver`: with every version; else those age out by the bucket's rule. */
export async function deleteContent(
  store: TenantStore,
  content: ContentId,
  { forEver = false }: { forEver?: boolean } = {},
): Promise<void> {
  const { blobs } = store.engine
  const remove = (name: string) => (forEver ? purgeAll(blobs, name) : blobs.delete(name))
  await store.deliveries.beginEnd(content)
  await remove(contentName(store.tenant, content))
  await remove(envelopeName(store.tenant, content))
  await remove(viewName(store.tenant, content))
  const attachments = attachmentPrefix(store.tenant, content)
  if (forEver) await purgeAll(blobs, attachments)
  else for await (const { name } of listAll(blobs, attachments)) await blobs.delete(name)
  await store.deliveries.forget(content)
}

type Copies = (mailbox: MailboxId) => Promise<ReadonlySet<string>>

async function dropUncommitted(
  store: TenantStore,
  content: ContentId,
  { account, tokens }: Delivery,
  copies: Copies,
  now: number,
): Promise<number> {
  let dropped = 0
  for (const text of tokens) {
    const { mailbox: local, token } = parseCopyToken(text)
    const mailbox = mailboxId(account as AccountId, local)
    if (now - savedAt(token) < UNCOMMITTED_MS || (await copies(mailbox)).has(text)) continue
    await store.deliveries.removeTokens(mailbox, [{ content, token }])
    dropped += 1
  }
  return dropped
}

/** The tokens of the copies that each mailbox shows; contents lie in the order of their time, so that few mailboxes are needed at a time. */
function copiesByMailbox(store: TenantStore): Copies {
  const known = new LruMap<MailboxId, Promise<ReadonlySet<string>>>(MAILBOXES_AT_HAND)
  async function read(mailbox: MailboxId): Promise<ReadonlySet<string>> {
    try {
      return await store.replicas.use(mailbox, async ({ messages }) => {
        const tokens = Array.from({ length: messages.count }, (_, row) => copyTokenText(mailbox, messages.tokenAt(row)))
        return new Set(tokens)
      })
    } catch (error) {
      if (error instanceof MailError && error.kind === 'no-such-mailbox') return new Set()
      throw error
    }
  }
  return (mailbox) => {
    const tokens = known.get(mailbox) ?? read(mailbox)
    known.set(mailbox, tokens)
    return tokens
  }
}
