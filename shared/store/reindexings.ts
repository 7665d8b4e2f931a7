import type { TenantId } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item } from '../ports/table.ts'
import { reindexKey } from './keys.ts'

/** How far the rebuilding of a tenant's index has come. */
export interface Reindexing {
  status: 'waiting' | 'running' | 'completed' | 'failed'
  /** Milliseconds since 1970. */
  requestedAt: number
  updatedAt: number
  finishedAt?: number
  /** Name of the last object that was looked at. */
  after?: string
  views: number
  mailboxes: number
  restored: number
  found: number
}

export type ReindexProgress = Pick<Reindexing, 'views' | 'mailboxes' | 'restored' | 'found'>

const NOTHING: ReindexProgress = { views: 0, mailboxes: 0, restored: 0, found: 0 }

/** The last reindex of each tenant, so that whoever asked for it sees when it is done. The operator's. */
export class Reindexings {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  async get(tenant: TenantId): Promise<Reindexing | undefined> {
    const item = await this.engine.table.get(reindexKey(tenant))
    return item && reindexingFrom(item)
  }

  async request(tenant: TenantId): Promise<Reindexing> {
    const now = this.engine.clock.now()
    const put: Item = { ...reindexKey(tenant), status: 'waiting', requestedAt: now, updatedAt: now, ...NOTHING }
    await this.engine.table.write([{ put }])
    return reindexingFrom(put)
  }

  /** What a slice has done is added. */
  async record(
    tenant: TenantId,
    status: Reindexing['status'],
    progress: Partial<ReindexProgress> = {},
    after?: string,
  ): Promise<void> {
    const now = this.engine.clock.now()
    const set = {
      status,
      updatedAt: now,
      ...(after !== undefined && { after }),
      ...(status === 'completed' && { finishedAt: now }),
    }
    try {
      await this.engine.table.write([{ update: reindexKey(tenant), set, add: { ...progress }, if: { present: true } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // the tenant is gone
    }
  }
}

function reindexingFrom(item: Item): Reindexing {
  const number = (name: string) => item[name] as number
  const finishedAt = item['finishedAt'] as number | undefined
  const after = item['after'] as string | undefined
  return {
    status: item['status'] as Reindexing['status'],
    requestedAt: number('requestedAt'),
    updatedAt: number('updatedAt'),
    views: number('views'),
    mailboxes: number('mailboxes'),
    restored: number('restored'),
    found: number('found'),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(after !== undefined && { after }),
  }
}
