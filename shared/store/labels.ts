import type { AccountId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, type Operation, queryAll } from '../ports/table.ts'
import { accountPk, LABEL_PREFIX, labelKey } from './keys.ts'
import { writeIf } from './write-if.ts'

/** A name and a color for an IMAP keyword (RFC 9051 §2.3.2) of an account's messages. */
export interface Label {
  id: string
  name: string
  /** #RRGGBB */
  color: string
  /** What messages that have it carry; stays when the name changes. */
  keyword: string
  /** Milliseconds since 1970. */
  createdAt: number
}

/** The labels of accounts. */
export class Labels {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The oldest first: ids begin with their time. */
  async list(account: AccountId): Promise<Label[]> {
    const items = queryAll(this.engine.table, accountPk(account), { prefix: LABEL_PREFIX })
    return (await Array.fromAsync(items)).map(labelFrom)
  }

  async add(account: AccountId, { id, ...label }: Label): Promise<void> {
    await this.engine.table.write([{ put: { ...labelKey(account, id), ...label } }])
  }

  /** False where there is none. */
  async change(account: AccountId, id: string, set: { name?: string; color?: string }): Promise<boolean> {
    return this.write({ update: labelKey(account, id), set, if: { present: true } })
  }

  /** False where there is none. */
  async remove(account: AccountId, id: string): Promise<boolean> {
    return this.write({ delete: labelKey(account, id), if: { present: true } })
  }

  private async write(operation: Operation): Promise<boolean> {
    return writeIf(this.engine.table, [operation])
  }
}

function labelFrom(item: Item): Label {
  return {
    id: item.sk.slice(LABEL_PREFIX.length),
    name: item['name'] as string,
    color: item['color'] as string,
    keyword: item['keyword'] as string,
    createdAt: item['createdAt'] as number,
  }
}
