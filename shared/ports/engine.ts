import type { TenantId } from '../mailbox/ids.ts'
import type { Blobs } from './blobs.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { Clock } from './clock.ts'
import type { Dns } from './dns.ts'
import type { Ids } from './ids.ts'
import type { Queue, QueueName } from './queue.ts'
import type { Relay } from './relay.ts'
import type { SendingIdentities } from './sending-identities.ts'
import type { Spool } from './spool.ts'
import type { Table } from './table.ts'

/** What we ask of the world, all of it. One per process. */
export interface Engine {
  readonly table: Table
  readonly blobs: Blobs
  readonly queues: Readonly<Record<QueueName, Queue>>
  readonly changeFeed: ChangeFeed
  readonly relay: Relay
  /** Absent where the relay sends for whom it is asked to, or where this process has no say in it. */
  readonly identities?: SendingIdentities
  readonly dns: Dns
  readonly clock: Clock
  readonly ids: Ids
  readonly spool: Spool
  /**
   * Where one process at a time has the store to itself: names this run of it. What another run has claimed for a time is free, as it is dead. Absent where
   * there may be others, and only time tells.
   */
  readonly run?: string
  /** Table and blobs by credentials that reach this tenant alone; absent where the process has but one kind. */
  scoped?(tenant: TenantId): Pick<Engine, 'table' | 'blobs'>
  /** What is left of data after it was purged, until it is gone by itself. */
  readonly remains?: readonly Remain[]
  /** Finishes what is under way and lets go of files, threads and connections. */
  close(): Promise<void>
}

export interface Remain {
  what: string
  /** How long after the purge at most; absent: `what` says. */
  days?: number
}

/** The ports as one tenant's work may use them: every key and object name is checked to be that tenant's (tenant-engine.ts). */
export interface TenantEngine extends Omit<Engine, 'close' | 'dns' | 'spool' | 'scoped' | 'identities'> {
  readonly tenant: TenantId
}
