import { createHmac } from 'node:crypto'
import { MailError } from '../mailbox/errors.ts'
import { type AccountId, accountId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { Pop3Settings } from '../mailbox/pop3-settings.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, type Operation, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import type { AppPasswords } from './app-passwords.ts'
import type { Demonstration } from './demonstration.ts'
import { ACCOUNT_LIST_PREFIX, accountKey, accountListKey, accountPk, tenantItemKey } from './keys.ts'
import type { SpecialUse } from './mailbox-names.ts'
import type { Mailboxes } from './mailboxes.ts'
import { type Credentials, makeCredentials, verifyNothing, verifyPassword } from './passwords.ts'
import { limitsFrom, pop3From } from './tenants.ts'
import { writeIf } from './write-if.ts'

export interface Account {
  id: AccountId
  /** Where its mail comes in and the name it signs in with. */
  address: string
  credentials: Credentials
  /** Grows with every change of the password. */
  credentialVersion: number
  quotaOctets?: number
  /** What all accounts of its tenant may hold together. */
  tenantStorageOctets?: number
  /** Nobody signs in: the account is suspended, or its tenant. */
  suspended: boolean
  /** It alone, whatever its tenant is. */
  suspendedItself: boolean
  /** Its password is the one everybody knows. */
  demonstration: boolean
  /** Signed in with a browser it has the say over its tenant, as an API key with full access. */
  administrator: boolean
  /** IMAP capabilities that its clients are not shown and cannot enable, for one that breaks on them: `COMPRESS=DEFLATE`, `IMAP4rev2`. */
  imapWithout: readonly string[]
  /** Its tenant's wish. */
  pop3: Pop3Settings
  /** What was just verified was an app password: a program reads and sends mail, and has no say over who signs in. */
  byAppPassword?: true
}

export interface NewAccount {
  quotaOctets?: number
  imapWithout?: readonly string[]
  demonstration?: boolean
  administrator?: boolean
}

export interface AccountChange {
  password?: string
  /** null: none. */
  quotaOctets?: number | null
  suspended?: boolean
  imapWithout?: readonly string[]
  administrator?: boolean
}

/** What a new account begins with. */
const FIRST_MAILBOXES: readonly { name: string; specialUse?: SpecialUse }[] = [
  { name: 'INBOX' },
  { name: 'Archive', specialUse: 'Archive' },
  { name: 'Drafts', specialUse: 'Drafts' },
  { name: 'Junk', specialUse: 'Junk' },
  { name: 'Sent', specialUse: 'Sent' },
  { name: 'Trash', specialUse: 'Trash' },
]

const CACHE_MS = 60 * 60 * 1000
const CACHED_LOGINS = 10_000
const DELETES_AT_ONCE = 100

/** The people (and programs) of a tenant who sign in to mailboxes. */
export class Accounts {
  private readonly engine: TenantEngine
  private readonly mailboxes: Mailboxes
  private readonly appPasswords: AppPasswords
  private readonly demonstration: Demonstration
  /** Verified not long ago: account, credential version and an HMAC of the password -> until when. Keyed by this process alone. */
  private readonly verified = new LruMap<string, number>(CACHED_LOGINS)
  private readonly cacheKey: Uint8Array

  constructor(
    engine: TenantEngine,
    parts: { mailboxes: Mailboxes; appPasswords: AppPasswords; demonstration: Demonstration },
  ) {
    this.engine = engine
    this.mailboxes = parts.mailboxes
    this.appPasswords = parts.appPasswords
    this.demonstration = parts.demonstration
    this.cacheKey = engine.ids.random(32)
  }

  async get(id: AccountId): Promise<Account | undefined> {
    const { table, tenant } = this.engine
    const [item, owner] = await table.getMany([accountKey(id), tenantItemKey(tenant)])
    return item && accountFrom(id, item, owner)
  }

  /** Their own quotas in octets, in order; undefined where there is none. One read. */
  async quotasOf(ids: readonly AccountId[]): Promise<(number | undefined)[]> {
    const items = await this.engine.table.getMany(ids.map(accountKey))
    return items.map((item) => item?.['quotaOctets'] as number | undefined)
  }

  /** Every account of the tenant, by the order of their ids. */
  async *list(): AsyncGenerator<{ id: AccountId; address: string }> {
    const { table, tenant } = this.engine
    for await (const { sk, address } of queryAll(table, tenantKey(tenant), { prefix: ACCOUNT_LIST_PREFIX })) {
      yield { id: accountId(tenant, sk.slice(ACCOUNT_LIST_PREFIX.length)), address: address as string }
    }
  }

  /** The operations that make an account with its first mailboxes; the address that leads to it is the directory's to write. */
  async creation(id: AccountId, address: string, password: string, options: NewAccount = {}): Promise<Operation[]> {
    const { operations, uidvalidity } = this.mailboxes.firstMailboxes(id, FIRST_MAILBOXES)
    const credentials = await makeCredentials(password, this.engine.ids.random(32))
    const put: Item = { ...accountKey(id), address, ...credentials, credentialVersion: 1, uidvalidity, ...options }
    const listed: Item = { ...accountListKey(id), address }
    return [{ put, if: { absent: true } }, { put: listed }, ...operations]
  }

  /** Throws MailError 'bad-credentials', 'suspended'. */
  async verify(id: AccountId | undefined, password: string): Promise<Account> {
    const account = id && (await this.get(id))
    if (account === undefined) {
      await verifyNothing(password)
      throw new MailError('bad-credentials', 'no such account')
    }
    const mac = createHmac('sha256', this.cacheKey).update(password).digest('base64url')
    const cacheEntry = `${account.id} ${account.credentialVersion} ${mac}`
    const now = this.engine.clock.now()
    if ((this.verified.get(cacheEntry) ?? 0) < now) {
      if (await this.appPasswords.matches(account.id, password)) {
        await this.admit(account)
        return { ...account, byAppPassword: true }
      }
      if (!(await verifyPassword(password, account.credentials))) throw new MailError('bad-credentials', account.id)
      this.verified.set(cacheEntry, now + CACHE_MS)
    }
    await this.admit(account)
    return account
  }

  /** What is left to ask once the credentials are right, by whatever mechanism. Throws MailError 'bad-credentials', 'suspended'. */
  async admit(account: Account): Promise<void> {
    if (account.demonstration && !(await this.demonstration.isOpen())) {
      throw new MailError('bad-credentials', `${account.id}: the demonstration's password opens nothing here`)
    }
    if (account.suspended) throw new MailError('suspended', account.id)
  }

  /** False where there is no such account. */
  async change(id: AccountId, change: AccountChange): Promise<boolean> {
    const { password, quotaOctets, suspended, imapWithout, administrator } = change
    const { ids } = this.engine
    const credentials = password === undefined ? {} : await makeCredentials(password, ids.random(32))
    const set = {
      ...credentials,
      ...(typeof quotaOctets === 'number' && { quotaOctets }),
      ...(suspended !== undefined && { suspended }),
      ...(imapWithout !== undefined && { imapWithout: [...imapWithout] }),
      ...(administrator !== undefined && { administrator }),
    }
    // A password of one's own is one that not everybody knows.
    const remove = [
      ...(quotaOctets === null ? ['quotaOctets'] : []),
      ...(password === undefined ? [] : ['demonstration']),
    ]
    const add = password === undefined ? {} : { credentialVersion: 1 }
    return this.write([{ update: accountKey(id), set, add, remove, if: { present: true } }])
  }

  /** From here on nobody signs in, and indexing finds no recipient. Its mailboxes are still there. Repeatable. */
  async end(id: AccountId): Promise<void> {
    await this.write([{ update: accountKey(id), set: { suspended: true }, if: { present: true } }])
  }

  /** The last step of a deletion, when no mailbox is left: everything that is known of the account. Repeatable. */
  async forget(id: AccountId): Promise<void> {
    const { table } = this.engine
    const keys: Operation[] = []
    for await (const { pk, sk } of queryAll(table, accountPk(id))) keys.push({ delete: { pk, sk } })
    for (let at = 0; at < keys.length; at += DELETES_AT_ONCE) await table.write(keys.slice(at, at + DELETES_AT_ONCE))
    await table.write([{ delete: accountListKey(id) }])
  }

  private async write(operations: readonly Operation[]): Promise<boolean> {
    return writeIf(this.engine.table, operations)
  }
}

function accountFrom(id: AccountId, item: Item, owner: Item | undefined): Account {
  const quotaOctets = item['quotaOctets'] as number | undefined
  const { storageOctets } = limitsFrom(owner)
  return {
    id,
    address: item['address'] as string,
    credentials: item as unknown as Credentials,
    credentialVersion: item['credentialVersion'] as number,
    suspended: owner?.['suspended'] === true || item['suspended'] === true,
    suspendedItself: item['suspended'] === true,
    demonstration: item['demonstration'] === true,
    administrator: item['administrator'] === true,
    imapWithout: (item['imapWithout'] as readonly string[] | undefined) ?? [],
    pop3: pop3From(owner),
    ...(quotaOctets !== undefined && { quotaOctets }),
    ...(storageOctets !== undefined && { tenantStorageOctets: storageOctets }),
  }
}
