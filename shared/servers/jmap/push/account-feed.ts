import { log } from '../../../log.ts'
import { type AccountId, type MailboxId, tenantOf } from '../../../mailbox/ids.ts'
import type { Watch } from '../../../ports/change-feed.ts'
import type { Store } from '../../../store/store.ts'
import type { AccountMail } from '../account-mail.ts'
import { accountMails } from '../account-mails.ts'
import type { JmapServices } from '../method.ts'

/** A lost hint costs a minute, never a message; so does a mailbox that nobody here has heard of (DESIGN §3). */
const READ_AGAIN_MS = 60_000

/** Tells of changes in any mailbox of an account, those that are made later included; as long as anybody listens. */
class AccountFeed {
  private readonly services: JmapServices
  private readonly account: AccountId
  private readonly listeners = new Set<() => void>()
  private readonly watches = new Map<MailboxId, Promise<Watch>>()
  private mail: AccountMail | undefined
  private endMail: () => void = () => undefined
  private timer: NodeJS.Timeout | undefined
  private reading = false
  private asked = false

  constructor(services: JmapServices, account: AccountId) {
    this.services = services
    this.account = account
  }

  get isIdle(): boolean {
    return this.listeners.size === 0
  }

  async add(listener: () => void): Promise<void> {
    this.listeners.add(listener)
    this.timer ??= setInterval(() => this.touch(), READ_AGAIN_MS).unref()
    await this.read()
  }

  remove(listener: () => void): void {
    this.listeners.delete(listener)
    if (!this.isIdle) return
    clearInterval(this.timer)
    this.timer = undefined
    this.endMail()
    this.mail = undefined
    for (const mailbox of this.watches.keys()) this.unwatch(mailbox)
  }

  /** Something may have changed, of Emails or of anything else: everybody looks. */
  touch(): void {
    this.asked = true
    if (this.reading || this.isIdle) return
    this.reading = true
    void this.readAsAsked()
  }

  private async readAsAsked(): Promise<void> {
    try {
      while (this.asked && !this.isIdle) {
        this.asked = false
        await this.read()
        this.announce()
      }
    } catch (error) {
      log.warn('push-failed', { account: this.account, error: error as Error }) // the next hint, or minute, tries again
    } finally {
      this.reading = false
    }
  }

  private async read(): Promise<void> {
    const mail = await accountMails(this.services).current(this.account)
    if (this.isIdle) return
    if (mail !== this.mail) {
      this.endMail()
      this.mail = mail
      this.endMail = mail.onChange(() => this.announce())
    }
    const standing = new Set(mail.folders.map(({ mailbox }) => mailbox))
    for (const mailbox of this.watches.keys()) if (!standing.has(mailbox)) this.unwatch(mailbox)
    const fresh = [...standing].filter((mailbox) => !this.watches.has(mailbox))
    for (const mailbox of fresh) this.watch(mailbox)
    if (fresh.length === 0) return
    await Promise.allSettled(fresh.map((mailbox) => this.watches.get(mailbox)))
    this.asked = true // what was committed before the watch was in place got no hint
    if (!this.reading) this.touch()
  }

  private watch(mailbox: MailboxId): void {
    const { changeFeed } = this.services.store.tenant(tenantOf(this.account)).engine
    const watch = changeFeed.watch(mailbox, () => this.touch())
    this.watches.set(mailbox, watch)
    // Without a watch the account is read once a minute.
    watch.catch((error: Error) => log.warn('watch-failed', { mailbox, error }))
  }

  private unwatch(mailbox: MailboxId): void {
    const watch = this.watches.get(mailbox)
    this.watches.delete(mailbox)
    watch?.then((standing) => standing.end()).catch((error: Error) => log.warn('unwatch-failed', { mailbox, error }))
  }

  private announce(): void {
    for (const listener of this.listeners) listener()
  }
}

const FEEDS = new WeakMap<Store, Map<AccountId, AccountFeed>>()

/** Calls the listener when something of the account may have changed, until what it returns is called. */
export async function followAccount(
  services: JmapServices,
  account: AccountId,
  listener: () => void,
): Promise<() => void> {
  let feeds = FEEDS.get(services.store)
  if (feeds === undefined) FEEDS.set(services.store, (feeds = new Map()))
  let feed = feeds.get(account)
  if (feed === undefined) feeds.set(account, (feed = new AccountFeed(services, account)))
  const own = feed
  const end = () => {
    own.remove(listener)
    if (own.isIdle && feeds.get(account) === own) feeds.delete(account)
  }
  try {
    await own.add(listener)
  } catch (error) {
    end()
    throw error
  }
  return end
}

/** A request of this process has changed something that mailboxes do not tell of. */
export function touchAccount({ store }: JmapServices, account: AccountId): void {
  FEEDS.get(store)?.get(account)?.touch()
}
