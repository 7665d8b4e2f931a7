import type { AccountId, ContentId, MailboxId } from '../mailbox/ids.ts'
import { accountOf } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, type Operation, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import { copyTokenPrefix, copyTokenText } from './copy-token.ts'
import { contentPk, DELIVERY_PREFIX, deliveryKey, ENDING_PREFIX, endingKey } from './keys.ts'
import { writeIf } from './write-if.ts'

/** That an account got a content, and which copies of it still need it. */
export interface Delivery {
  account: AccountId
  tokens: ReadonlySet<string>
  /** Nothing has needed the content for long: no copy may be made any more, the object is about to go. */
  doomed: boolean
  /** When the last token was taken away, milliseconds since 1970. */
  emptySince?: number
  /** Increases with every change. */
  version: number
}

/** Copies worked on at once; each is one item. */
const AT_ONCE = 100

/** Which copies keep which content alive (I7). A token is there before the commit that shows its copy and until after the one that expunges it. */
export class Deliveries {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /**
   * Part of the commit that delivers: it can only succeed once for a content and an account (I2). `forwards` is what the account's rules decided
   * beside where it goes: whoever finds it delivered goes on with that, whatever the rules are by then.
   */
  deliver(
    account: AccountId,
    content: ContentId,
    copies: readonly { mailbox: MailboxId; token: Uint8Array }[],
    forwards: readonly string[] = [],
  ): Operation {
    const tokens = new Set(copies.map(({ mailbox, token }) => copyTokenText(mailbox, token)))
    const decided = forwards.length > 0 ? { forwards: [...forwards] } : {}
    return { put: { ...deliveryKey(account, content), tokens, version: 0, ...decided }, if: { absent: true } }
  }

  async isDelivered(account: AccountId, content: ContentId): Promise<boolean> {
    return (await this.delivered(account, content)) !== undefined
  }

  /** Where else the account's rules send it, as was decided when it was delivered; undefined where it was not yet. */
  async delivered(account: AccountId, content: ContentId): Promise<{ forwards: readonly string[] } | undefined> {
    const item = await this.engine.table.get(deliveryKey(account, content))
    return item && { forwards: (item['forwards'] as readonly string[] | undefined) ?? [] }
  }

  /**
   * Says of each content whether the mailbox has a copy already, and adds the token of the coming copy. Contents that are gone, or about
   * to go, are left out of the answer.
   */
  async addTokens(
    mailbox: MailboxId,
    copies: readonly { content: ContentId; token: Uint8Array }[],
  ): Promise<{ content: ContentId; token: Uint8Array; furtherCopy: boolean }[]> {
    const prefix = copyTokenPrefix(mailbox)
    const keys = copies.map(({ content }) => deliveryKey(accountOf(mailbox), content))
    const items = await this.engine.table.getMany(keys)
    const outcomes = await this.updateEach(
      copies.map(({ token }, index) => ({
        update: keys[index]!,
        add: { tokens: new Set([copyTokenText(mailbox, token)]), version: 1 },
        remove: ['emptySince'],
        if: { present: true, unset: ['doomed'] },
      })),
    )
    const added: { content: ContentId; token: Uint8Array; furtherCopy: boolean }[] = []
    const contents = new Set<ContentId>()
    for (const [index, copy] of copies.entries()) {
      if (!outcomes[index]) continue
      const tokens = (items[index]?.['tokens'] as Set<string> | undefined) ?? new Set()
      const furtherCopy = contents.has(copy.content) || [...tokens].some((token) => token.startsWith(prefix))
      added.push({ ...copy, furtherCopy })
      contents.add(copy.content)
    }
    return added
  }

  /** After the commit that expunged the copies. Repeatable. */
  async removeTokens(mailbox: MailboxId, copies: readonly { content: ContentId; token: Uint8Array }[]): Promise<void> {
    // What is not there any more has gone with its content.
    await this.updateEach(
      copies.map(({ content, token }) => ({
        update: deliveryKey(accountOf(mailbox), content),
        drop: { tokens: new Set([copyTokenText(mailbox, token)]) },
        add: { version: 1 },
        set: { emptySince: this.engine.clock.now() },
        if: { present: true },
      })),
    )
  }

  /** Everything that is known of a content's deliveries. */
  async of(content: ContentId): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    const pk = contentPk(this.engine.tenant, content)
    for await (const item of queryAll(this.engine.table, pk, { prefix: DELIVERY_PREFIX })) {
      deliveries.push(deliveryOf(`${this.engine.tenant}/${item.sk.slice(DELIVERY_PREFIX.length)}` as AccountId, item))
    }
    return deliveries
  }

  /** Puts back what is known of a copy, out of a snapshot. Repeatable. */
  async restore(mailbox: MailboxId, content: ContentId, token: Uint8Array): Promise<void> {
    const tokens = new Set([copyTokenText(mailbox, token)])
    await this.engine.table.write([{ update: deliveryKey(accountOf(mailbox), content), add: { tokens, version: 1 } }])
  }

  /** From here on no token can be added. False where the delivery has changed since it was read. */
  async doom(content: ContentId, delivery: Delivery): Promise<boolean> {
    const key = deliveryKey(delivery.account, content)
    return writeIf(this.engine.table, [
      { update: key, set: { doomed: true }, if: { equals: { version: delivery.version }, unset: ['tokens'] } },
    ])
  }

  /** Before a content's object goes: without it nothing else leads to what is still to be deleted. */
  async beginEnd(content: ContentId): Promise<void> {
    await this.engine.table.write([{ put: { ...endingKey(this.engine.tenant, content) } }])
  }

  /** Contents whose end has begun. */
  async *ending(): AsyncGenerator<ContentId> {
    const { table, tenant } = this.engine
    for await (const { sk } of queryAll(table, tenantKey(tenant), { prefix: ENDING_PREFIX })) {
      yield sk.slice(ENDING_PREFIX.length) as ContentId
    }
  }

  /** The last step of a content's end: everything that was known of it. */
  async forget(content: ContentId): Promise<void> {
    const { table, tenant } = this.engine
    const keys: Operation[] = []
    for await (const { pk, sk } of queryAll(table, contentPk(tenant, content))) keys.push({ delete: { pk, sk } })
    keys.push({ delete: endingKey(tenant, content) })
    for (let at = 0; at < keys.length; at += AT_ONCE) await table.write(keys.slice(at, at + AT_ONCE))
  }

  /** Whether the condition of each held. Not in one transaction, which would cost twice as much where that is paid for. */
  private async updateEach(operations: readonly Operation[]): Promise<boolean[]> {
    const { table } = this.engine
    const slices: (readonly Operation[])[] = []
    for (let at = 0; at < operations.length; at += AT_ONCE) slices.push(operations.slice(at, at + AT_ONCE))
    if (table.writeEach !== undefined) {
      const failed = await Promise.all(slices.map((slice) => table.writeEach!(slice)))
      return failed.flatMap((some, index) => slices[index]!.map((_, at) => !some.includes(at)))
    }
    const done: boolean[] = []
    for (const slice of slices) done.push(...(await Promise.all(slice.map((operation) => this.update(operation)))))
    return done
  }

  private async update(operation: Operation): Promise<boolean> {
    return writeIf(this.engine.table, [operation])
  }
}

function deliveryOf(account: AccountId, item: Item): Delivery {
  const emptySince = item['emptySince'] as number | undefined
  return {
    account,
    tokens: (item['tokens'] as Set<string> | undefined) ?? new Set(),
    doomed: item['doomed'] === true,
    version: item['version'] as number,
    ...(emptySince !== undefined && { emptySince }),
  }
}
