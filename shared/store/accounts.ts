import { createHmac } from 'node:crypto'
import { MailError } from '../mailbox/errors.ts'
import { type AccountId, accountId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, type Operation, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import { ACCOUNT_LIST_PREFIX, accountKey, accountListKey } from './keys.ts'
import type { Mailboxes, SpecialUse } from './mailboxes.ts'
import { type Credentials, makeCredentials, verifyNothing, verifyPassword } from './passwords.ts'

export interface Account {
  id: AccountId
  /** Where its mail comes in and the name it signs in with. */
  address: string
  credentials: Credentials
  /** Grows with every change of the password. */
  credentialVersion: number
  quotaOctets?: number
  suspended: boolean
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

/** The people (and programs) of a tenant who sign in to mailboxes. */
export class Accounts {
  private readonly engine: TenantEngine
  private readonly mailboxes: Mailboxes
  /** Verified not long ago: account, credential version and an HMAC of the password -> until when. Keyed by this process alone. */
  private readonly verified = new LruMap<string, number>(CACHED_LOGINS)
  private readonly cacheKey: Uint8Array

  constructor(engine: TenantEngine, mailboxes: Mailboxes) {
    this.engine = engine
    this.mailboxes = mailboxes
    this.cacheKey = engine.ids.random(32)
  }

  async get(id: AccountId): Promise<Account | undefined> {
    const item = await this.engine.table.get(accountKey(id))
    return item && accountFrom(id, item)
  }

  /** Every account of the tenant, by the order of their ids. */
  async *list(): AsyncGenerator<{ id: AccountId; address: string }> {
    const { table, tenant } = this.engine
    for await (const { sk, address } of queryAll(table, tenantKey(tenant), { prefix: ACCOUNT_LIST_PREFIX })) {
      yield { id: accountId(tenant, sk.slice(ACCOUNT_LIST_PREFIX.length)), address: address as string }
    }
  }

  /** The operations that make an account with its first mailboxes; the address that leads to it is the directory's to write. */
  async creation(
    id: AccountId,
    address: string,
    password: string,
    options: { quotaOctets?: number } = {},
  ): Promise<Operation[]> {
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
      if (!(await verifyPassword(password, account.credentials))) throw new MailError('bad-credentials', account.id)
      this.verified.set(cacheEntry, now + CACHE_MS)
    }
    if (account.suspended) throw new MailError('suspended', account.id)
    return account
  }
}

function accountFrom(id: AccountId, item: Item): Account {
  const quotaOctets = item['quotaOctets'] as number | undefined
  return {
    id,
    address: item['address'] as string,
    credentials: item as unknown as Credentials,
    credentialVersion: item['credentialVersion'] as number,
    suspended: item['suspended'] === true,
    ...(quotaOctets !== undefined && { quotaOctets }),
  }
}
