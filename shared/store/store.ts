import { type AccountSettings, DEFAULT_SETTINGS } from '../mailbox/account-settings.ts'
import type { Contact } from '../mailbox/contact.ts'
import type { Identity } from '../mailbox/identity.ts'
import type { TenantId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { Engine, TenantEngine } from '../ports/engine.ts'
import { forTenant } from '../ports/tenant-engine.ts'
import { AccountDocuments } from './account-documents.ts'
import { Accounts } from './accounts.ts'
import { Aliases } from './aliases.ts'
import { ApiCalls } from './api-calls.ts'
import { ApiKeys } from './api-keys.ts'
import { AppPasswords } from './app-passwords.ts'
import { Appends } from './appends.ts'
import { Contents } from './contents.ts'
import { Deletions } from './deletions.ts'
import { Deliveries } from './deliveries.ts'
import { Demonstration } from './demonstration.ts'
import { Directory } from './directory.ts'
import { DkimKeys } from './dkim-keys.ts'
import { DomainClaims } from './domain-claims.ts'
import { Domains } from './domains.ts'
import { Emails } from './emails.ts'
import { Envelopes } from './envelopes.ts'
import { Greylist } from './greylist.ts'
import { Idempotency } from './idempotency.ts'
import { Imports } from './imports.ts'
import { InboxProfiles } from './inbox-profiles.ts'
import { Journal } from './journal.ts'
import { accountSettingsKey, contactsKey, identitiesKey } from './keys.ts'
import { Labels } from './labels.ts'
import { LoginThrottle } from './login-throttle.ts'
import { Mailboxes } from './mailboxes.ts'
import { MaildropLocks } from './maildrop-locks.ts'
import { Outbound } from './outbound.ts'
import { PriceTable } from './price-table.ts'
import { makeProcessMemory, type ProcessMemory } from './process-memory.ts'
import { Protections } from './protections.ts'
import { QuotaCounts } from './quota-counts.ts'
import { Reindexings } from './reindexings.ts'
import { Replicas } from './replicas.ts'
import { Rules } from './rules.ts'
import { Segments } from './segments.ts'
import { SenderRewriting } from './sender-rewriting.ts'
import { SentCounts } from './sent-counts.ts'
import { Sessions } from './sessions.ts'
import { ShareLinks } from './share-links.ts'
import { Snapshots } from './snapshots.ts'
import { Submissions } from './submissions.ts'
import { Suppressions } from './suppressions.ts'
import { Tenants } from './tenants.ts'
import { Threads } from './threads.ts'
import { ToldSenders } from './told-senders.ts'
import { UpkeepLeases } from './upkeep-leases.ts'
import { Uploads } from './uploads.ts'
import { Usage } from './usage.ts'
import { Vacations } from './vacations.ts'
import { Views } from './views.ts'
import { WebhookDeliveries } from './webhook-deliveries.ts'
import { Webhooks } from './webhooks.ts'

/** All that one tenant has, reached through ports that see nothing else. */
export interface TenantStore {
  readonly tenant: TenantId
  readonly engine: TenantEngine
  readonly accounts: Accounts
  readonly apiKeys: ApiKeys
  readonly appPasswords: AppPasswords
  readonly mailboxes: Mailboxes
  readonly sessions: Sessions
  readonly journal: Journal
  readonly snapshots: Snapshots
  readonly replicas: Replicas
  readonly views: Views
  readonly segments: Segments
  readonly contents: Contents
  readonly uploads: Uploads
  readonly deliveries: Deliveries
  readonly appends: Appends
  readonly imports: Imports
  readonly envelopes: Envelopes
  readonly threads: Threads
  readonly outbound: Outbound
  readonly emails: Emails
  readonly inboxProfiles: InboxProfiles
  readonly labels: Labels
  readonly shareLinks: ShareLinks
  readonly idempotency: Idempotency
  readonly suppressions: Suppressions
  readonly senderRewriting: SenderRewriting
  readonly maildropLocks: MaildropLocks
  readonly greylist: Greylist
  readonly sentCounts: SentCounts
  readonly toldSenders: ToldSenders
  readonly quotaCounts: QuotaCounts
  readonly usage: Usage
  readonly apiCalls: ApiCalls
  readonly webhooks: Webhooks
  readonly webhookDeliveries: WebhookDeliveries
  readonly rules: Rules
  readonly vacations: Vacations
  readonly submissions: Submissions
  readonly identities: AccountDocuments<readonly Identity[]>
  readonly settings: AccountDocuments<AccountSettings>
  readonly contacts: AccountDocuments<readonly Contact[]>
}

/** The one data model on any engine. One per process: it holds what the process has in memory of the mailboxes. */
export interface Store {
  readonly engine: Engine
  readonly directory: Directory
  readonly tenants: Tenants
  readonly deletions: Deletions
  readonly reindexings: Reindexings
  readonly upkeepLeases: UpkeepLeases
  readonly domains: Domains
  readonly domainClaims: DomainClaims
  readonly dkimKeys: DkimKeys
  readonly aliases: Aliases
  readonly demonstration: Demonstration
  readonly loginThrottle: LoginThrottle
  readonly protections: Protections
  readonly prices: PriceTable
  tenant(tenant: TenantId): TenantStore
}

/** Tenants whose stores are kept at hand; a store that is dropped loses nothing but what it remembered. */
const TENANTS_AT_HAND = 10_000

/** `demonstration`: the process listens on loopback alone, so that credentials that everybody knows may open the seeded tenant. */
export function openStore(engine: Engine, { demonstration = false }: { demonstration?: boolean } = {}): Store {
  const atHand = new LruMap<TenantId, TenantStore>(TENANTS_AT_HAND)
  const demonstrated = new Demonstration(engine, demonstration)
  const tenants = new Tenants(engine, demonstrated)
  const domains = new Domains(engine)
  const memory = makeProcessMemory()
  function tenant(id: TenantId): TenantStore {
    const known = atHand.get(id)
    if (known !== undefined) return known
    const opened = openTenantStore(forTenant(engine, id), demonstrated, memory)
    atHand.set(id, opened)
    return opened
  }
  return {
    engine,
    directory: new Directory(engine, { tenants, domains }, tenant),
    tenants,
    deletions: new Deletions(engine),
    reindexings: new Reindexings(engine),
    upkeepLeases: new UpkeepLeases(engine),
    domains,
    domainClaims: new DomainClaims(engine),
    dkimKeys: new DkimKeys(engine),
    aliases: new Aliases(engine),
    demonstration: demonstrated,
    loginThrottle: new LoginThrottle(engine),
    protections: new Protections(engine),
    prices: new PriceTable(engine),
    tenant,
  }
}

function openTenantStore(engine: TenantEngine, demonstration: Demonstration, memory: ProcessMemory): TenantStore {
  const journal = new Journal(engine)
  const usage = new Usage(engine)
  const mailboxes = new Mailboxes(engine, journal)
  const snapshots = new Snapshots(engine)
  const deliveries = new Deliveries(engine)
  const views = new Views(engine)
  const appPasswords = new AppPasswords(engine)
  return {
    tenant: engine.tenant,
    engine,
    accounts: new Accounts(engine, { mailboxes, appPasswords, demonstration }),
    apiKeys: new ApiKeys(engine),
    appPasswords,
    mailboxes,
    sessions: new Sessions(engine),
    journal,
    snapshots,
    replicas: new Replicas(engine, journal, snapshots, memory.restingReplicas),
    views,
    segments: new Segments(engine, views, memory.segmentHeads),
    contents: new Contents(engine),
    uploads: new Uploads(engine),
    deliveries,
    appends: new Appends(engine, journal, deliveries),
    imports: new Imports(engine, journal, deliveries),
    envelopes: new Envelopes(engine),
    threads: new Threads(engine),
    outbound: new Outbound(engine),
    emails: new Emails(engine),
    inboxProfiles: new InboxProfiles(engine),
    labels: new Labels(engine),
    shareLinks: new ShareLinks(engine),
    idempotency: new Idempotency(engine),
    suppressions: new Suppressions(engine),
    senderRewriting: new SenderRewriting(engine),
    maildropLocks: new MaildropLocks(engine),
    greylist: new Greylist(engine),
    sentCounts: new SentCounts(engine),
    toldSenders: new ToldSenders(engine),
    quotaCounts: new QuotaCounts(engine),
    usage,
    apiCalls: new ApiCalls(engine, usage),
    webhooks: new Webhooks(engine),
    webhookDeliveries: new WebhookDeliveries(engine),
    rules: new Rules(engine),
    vacations: new Vacations(engine),
    submissions: new Submissions(engine),
    identities: new AccountDocuments<readonly Identity[]>(engine, identitiesKey, []),
    settings: new AccountDocuments(engine, accountSettingsKey, DEFAULT_SETTINGS),
    contacts: new AccountDocuments<readonly Contact[]>(engine, contactsKey, []),
  }
}
