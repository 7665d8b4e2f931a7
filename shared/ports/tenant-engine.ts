import { type MailboxId, type TenantId, tenantOf } from '../mailbox/ids.ts'
import type { Blobs } from './blobs.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { Engine, TenantEngine } from './engine.ts'
import type { Operation, Table } from './table.ts'

/** A key or a name of another tenant was asked for: always our bug, never an answer to give. */
export class ForeignTenantError extends Error {
  override readonly name = 'ForeignTenantError'
}

/** pk of everything a tenant owns is this, or begins with this and a slash. */
export function tenantKey(tenant: TenantId): string {
  return `t/${tenant}`
}

/** The one place where a tenant's reach ends (I8): the engine's ports, refusing every key and object name that is not its own. */
export function forTenant(engine: Engine, tenant: TenantId): TenantEngine {
  const key = tenantKey(tenant)
  function own(pk: string): void {
    if (pk !== key && !pk.startsWith(`${key}/`)) throw new ForeignTenantError(`${tenant} asked for item ${pk}`)
  }
  function ownName(name: string): void {
    if (name.split('/', 2)[1] !== tenant) throw new ForeignTenantError(`${tenant} asked for object ${name}`)
  }
  function ownMailbox(mailbox: MailboxId): void {
    if (tenantOf(mailbox) !== tenant) throw new ForeignTenantError(`${tenant} asked for mailbox ${mailbox}`)
  }
  const { table, blobs } = engine.scoped?.(tenant) ?? engine
  const { changeFeed } = engine

  const tenantTable: Table = {
    async get(item) {
      own(item.pk)
      return table.get(item)
    },
    async getMany(items) {
      for (const item of items) own(item.pk)
      return table.getMany(items)
    },
    async query(pk, query) {
      own(pk)
      return table.query(pk, query)
    },
    async write(operations) {
      for (const operation of operations) own(keyOf(operation).pk)
      return table.write(operations)
    },
    ...(table.writeEach && {
      async writeEach(operations) {
        for (const operation of operations) own(keyOf(operation).pk)
        return table.writeEach!(operations)
      },
    }),
  }
  const tenantBlobs: Blobs = {
    async put(name, source, metadata, options) {
      ownName(name)
      return blobs.put(name, source, metadata, options)
    },
    async head(name) {
      ownName(name)
      return blobs.head(name)
    },
    async get(name, range, options) {
      ownName(name)
      return blobs.get(name, range, options)
    },
    ...(blobs.getMany && {
      async getMany(names) {
        for (const name of names) ownName(name)
        return blobs.getMany!(names)
      },
    }),
    async list(prefix, options) {
      // Without the closing slash a prefix would also match tenants whose names begin with this one's.
      if (prefix.split('/').length < 3) throw new ForeignTenantError(`${tenant} asked for all of ${prefix}`)
      ownName(prefix)
      return blobs.list(prefix, options)
    },
    async delete(name) {
      ownName(name)
      return blobs.delete(name)
    },
    async purge(prefix) {
      if (prefix.split('/').length < 3) throw new ForeignTenantError(`${tenant} asked for all of ${prefix}`)
      ownName(prefix)
      return blobs.purge(prefix)
    },
    async link(name, options) {
      ownName(name)
      return blobs.link(name, options)
    },
    async uploadLink(name, options) {
      ownName(name)
      return blobs.uploadLink(name, options)
    },
  }
  const tenantFeed: ChangeFeed = {
    async publish(mailbox, modseq) {
      ownMailbox(mailbox)
      return changeFeed.publish(mailbox, modseq)
    },
    async watch(mailbox, listener) {
      ownMailbox(mailbox)
      return changeFeed.watch(mailbox, listener)
    },
  }
  const { queues, relay, clock, ids, run } = engine
  return {
    tenant,
    table: tenantTable,
    blobs: tenantBlobs,
    changeFeed: tenantFeed,
    queues,
    relay,
    clock,
    ids,
    ...(run !== undefined && { run }),
  }
}

export function keyOf(operation: Operation): { pk: string; sk: string } {
  if ('put' in operation) return operation.put
  if ('update' in operation) return operation.update
  if ('delete' in operation) return operation.delete
  return operation.check
}
