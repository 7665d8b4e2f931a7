/** Who may do what: the whole of it on one screen. `Storage`, `Queues` and `Feed` turn a row into statements and variables, together. */
import { Validations } from 'aws-cdk-lib'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { IConstruct } from 'constructs'

export type Prefix = (typeof OF_A_TENANT)[number] | 'door'
export type QueueName = 'arrivals' | 'outgoing' | 'feedback' | 'jobs' | 'door'

export interface Rights {
  table: 'read' | 'write'
  /** Prefixes of objects. A put may be repeated, and then is compared with what is there: it brings the right to read. */
  read?: readonly Prefix[]
  put?: readonly Prefix[]
  list?: readonly Prefix[]
  delete?: readonly Prefix[]
  /** Older versions, too, of what it may list and delete. */
  purge?: true
  /** Under strict isolation these it may do by its own role, all tenants together. */
  across?: {
    /** A message for several tenants is whole once the last one's object is there. */
    read?: readonly Prefix[]
    /** It makes accounts, in one write with their addresses, which are the directory's. */
    makesAccounts?: true
  }
  /** Queues it may send to; the one it works off comes with its event source. */
  send?: readonly Exclude<QueueName, 'door'>[]
  /** Change feed: hints to gateways; a queue of its own to be hinted at. */
  feed?: readonly ('publish' | 'watch')[]
  /** Hands mail to the world; tells the relay who may. */
  relay?: 'send' | 'identities' | 'both'
}

const OF_A_TENANT = [
  'raw',
  'envelope',
  'index',
  'view',
  'attachment',
  'outbox',
  'scheduled',
  'captured',
  'upload',
] as const

export const RIGHTS = {
  'smtp-ingress': { table: 'write', put: ['raw', 'envelope', 'outbox'] },
  'mailbox-gateway': {
    table: 'write',
    read: ['raw', 'envelope', 'index', 'view', 'outbox', 'captured'],
    put: ['raw', 'envelope', 'view', 'attachment', 'outbox', 'scheduled', 'upload'], // APPEND, and what the HTTP API does
    delete: ['view'],
    across: { makesAccounts: true },
    send: ['jobs'],
    feed: ['publish', 'watch'],
  },
  api: {
    table: 'write',
    read: ['raw', 'envelope', 'index', 'view', 'captured'],
    put: ['outbox', 'envelope', 'attachment', 'scheduled', 'upload', 'raw', 'view'], // the last two: imports, drafts, copies in Sent
    delete: ['view'],
    across: { makesAccounts: true },
    send: ['jobs'],
    feed: ['publish'],
  },
  webmail: {
    table: 'write',
    read: ['raw', 'envelope', 'index', 'view'],
    put: ['outbox', 'envelope', 'scheduled', 'upload', 'raw', 'view'], // the last two: drafts, imports, copies in Sent
    delete: ['view'],
    send: ['jobs'],
    feed: ['publish'],
  },
  'index-message': {
    table: 'write',
    read: ['raw', 'envelope'],
    put: ['view', 'outbox', 'envelope', 'raw'], // outbox: forwards; raw: DSNs of delivery
    delete: ['view'], // one that an interrupted try left half made
    across: { read: ['raw'] },
    send: ['jobs'],
    feed: ['publish'],
  },
  'send-message': {
    table: 'write',
    read: ['outbox', 'envelope'],
    put: ['raw', 'envelope', 'outbox', 'captured'], // raw: recipients in the house; both: DSNs
    send: ['jobs'], // webhooks
    relay: 'send',
  },
  feedback: { table: 'write', read: ['outbox', 'envelope'], put: ['raw', 'envelope', 'outbox'], send: ['jobs'] }, // DSNs; webhooks
  sweep: { table: 'read', list: ['raw', 'outbox'], send: ['arrivals', 'outgoing', 'jobs'] },
  // All jobs: what goes with a tenant is everything.
  fold: {
    table: 'write',
    read: ['raw', 'view', 'scheduled'],
    put: ['index', 'raw', 'view', 'outbox', 'envelope'], // raw: copies in Sent; view: a reindex; outbox: emails whose time has come
    list: OF_A_TENANT,
    delete: OF_A_TENANT,
    purge: true,
    send: ['jobs'],
    feed: ['publish'], // of a mailbox that was removed
    relay: 'identities',
  },
  reclaim: {
    table: 'write',
    read: ['raw', 'envelope', 'index', 'outbox'],
    list: ['raw', 'envelope', 'view', 'attachment', 'upload'],
    delete: ['raw', 'envelope', 'view', 'attachment', 'upload'],
    send: ['jobs'], // folds of the trash that it empties
    feed: ['publish'],
  },
  // outbox: notices of what is for nobody here.
  'ses-door': { table: 'write', read: ['door'], put: ['raw', 'envelope', 'outbox'], delete: ['door'] },
} as const satisfies Record<string, Rights>
export type WorkerName = keyof typeof RIGHTS

/** What several workers may do, for one that does the work of all. */
export function rightsOf(names: readonly WorkerName[]): Rights {
  const all: Rights[] = names.map((name) => RIGHTS[name])
  function union<T>(pick: (rights: Rights) => readonly T[] | undefined): T[] {
    return [...new Set(all.flatMap((rights) => pick(rights) ?? []))]
  }
  return {
    table: all.some(({ table }) => table === 'write') ? 'write' : 'read',
    read: union(({ read }) => read),
    put: union(({ put }) => put),
    list: union(({ list }) => list),
    delete: union(({ delete: gone }) => gone),
    across: {
      read: union(({ across }) => across?.read),
      ...(all.some(({ across }) => across?.makesAccounts) && { makesAccounts: true as const }),
    },
    send: union(({ send }) => send),
    feed: union(({ feed }) => feed),
    ...(all.some(({ purge }) => purge === true) && { purge: true as const }),
    ...bothOf(all.flatMap(({ relay }) => relay ?? [])),
  }
}

function bothOf(relay: NonNullable<Rights['relay']>[]): Pick<Rights, 'relay'> {
  const [first] = relay
  if (first === undefined) return {}
  return { relay: relay.every((one) => one === first) ? first : 'both' }
}

/** A function or a task: what can be given a right and be told a name. */
export interface Worker extends IConstruct {
  readonly role: Role
  addEnvironment(name: string, value: string): unknown
}

/** Tells cdk-nag why the role names a resource by wildcard, as it words the resource. Any other wildcard still fails the synth. */
export function explainWildcard(role: IConstruct, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason })
}
