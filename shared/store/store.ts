import type { TenantId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { Engine, TenantEngine } from '../ports/engine.ts'
import { forTenant } from '../ports/tenant-engine.ts'
import { Accounts } from './accounts.ts'
import { Appends } from './appends.ts'
import { Contents } from './contents.ts'
import { Deliveries } from './deliveries.ts'
import { Directory } from './directory.ts'
import { Envelopes } from './envelopes.ts'
import { Journal } from './journal.ts'
import { Mailboxes } from './mailboxes.ts'
import { MaildropLocks } from './maildrop-locks.ts'
import { Outbound } from './outbound.ts'
import { Replicas } from './replicas.ts'
import { Segments } from './segments.ts'
import { Snapshots } from './snapshots.ts'
import { Threads } from './threads.ts'
import { Views } from './views.ts'

/** All that one tenant has, reached through ports that see nothing else. */
export interface TenantStore {
  readonly tenant: TenantId
  readonly engine: TenantEngine
  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly journal: Journal
  readonly snapshots: Snapshots
  readonly replicas: Replicas
  readonly views: Views
  readonly segments: Segments
  readonly contents: Contents
  readonly deliveries: Deliveries
  readonly appends: Appends
  readonly envelopes: Envelopes
  readonly threads: Threads
  readonly outbound: Outbound
  readonly maildropLocks: MaildropLocks
}

/** The one data model on any engine. One per process: it holds what the process has in memory of the mailboxes. */
export interface Store {
  readonly engine: Engine
  readonly directory: Directory
  tenant(tenant: TenantId): TenantStore
}

/** Tenants whose stores are kept at hand; a store that is dropped loses nothing but what it remembered. */
const TENANTS_AT_HAND = 10_000

export function openStore(engine: Engine): Store {
  const tenants = new LruMap<TenantId, TenantStore>(TENANTS_AT_HAND)
  function tenant(id: TenantId): TenantStore {
    const known = tenants.get(id)
    if (known !== undefined) return known
    const opened = openTenantStore(forTenant(engine, id))
    tenants.set(id, opened)
    return opened
  }
  return { engine, directory: new Directory(engine, tenant), tenant }
}

function openTenantStore(engine: TenantEngine): TenantStore {
  const journal = new Journal(engine)
  const mailboxes = new Mailboxes(engine, journal)
  const snapshots = new Snapshots(engine)
  const deliveries = new Deliveries(engine)
  const views = new Views(engine)
  return {
    tenant: engine.tenant,
    engine,
    accounts: new Accounts(engine, mailboxes),
    mailboxes,
    journal,
    snapshots,
    replicas: new Replicas(engine, journal, snapshots),
    views,
    segments: new Segments(engine, views),
    contents: new Contents(engine),
    deliveries,
    appends: new Appends(engine, journal, deliveries),
    envelopes: new Envelopes(engine),
    threads: new Threads(engine),
    outbound: new Outbound(engine),
    maildropLocks: new MaildropLocks(engine),
  }
}
