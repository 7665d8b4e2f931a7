import type { DeploymentSettings } from '../settings.ts'
import type { Alarms } from './alarms.ts'
import { grantFeed } from './feed.ts'
import type { Queues } from './queues.ts'
import type { Relay } from './relay.ts'
import type { Prefix, Rights, Worker } from './rights.ts'
import type { Secrets } from './secrets.ts'
import type { Storage } from './storage.ts'

/** What every capability stands on. */
export class House {
  readonly storage: Storage
  readonly queues: Queues
  readonly secrets: Secrets
  readonly alarms: Alarms
  readonly relay: Relay
  private readonly settings: DeploymentSettings

  constructor(parts: Pick<House, 'storage' | 'queues' | 'secrets' | 'alarms' | 'relay'>, settings: DeploymentSettings) {
    this.storage = parts.storage
    this.queues = parts.queues
    this.secrets = parts.secrets
    this.alarms = parts.alarms
    this.relay = parts.relay
    this.settings = settings
  }

  /** A row of rights.ts: permissions and names, together. What this deployment does not have is left out. */
  grant(worker: Worker, row: Rights): void {
    const { settings } = this
    const here = (prefixes: readonly Prefix[] = []) =>
      prefixes.filter(
        (prefix) => (prefix !== 'captured' || settings.relay === 'capture') && (prefix !== 'door' || settings.sesDoor),
      )
    const rights: Rights = {
      ...row,
      read: here(row.read),
      put: here(row.put),
      list: here(row.list),
      delete: here(row.delete),
      feed: settings.profile === 'door-only' ? [] : (row.feed ?? []),
    }
    this.storage.grant(worker, rights)
    this.queues.grantSend(worker, rights)
    grantFeed(worker, rights, settings)
    if (rights.relay === 'send' || rights.relay === 'both') this.relay.grant(worker)
    if (rights.relay === 'identities' || rights.relay === 'both') this.relay.grantIdentities(worker)
  }
}
