import { createHash } from 'node:crypto'
import type { ContentId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Condition, ConflictError, type Item } from '../ports/table.ts'
import { idempotencyKey } from './keys.ts'
import { runOf, stillClaimed } from './still-claimed.ts'

/** Whether a call is to be carried out: `begun` with the id of what it makes, the same for whoever takes it up again. */
export type Begun =
  | { kind: 'begun'; id: ContentId }
  | { kind: 'done'; answer: string }
  | { kind: 'under-way' }
  | { kind: 'another-body' }

const KEPT_MS = 24 * 60 * 60 * 1000
/** A call that has not ended by then never will: whoever repeats it takes it up. */
const UNDER_WAY_MS = 2 * 60 * 1000

/** Calls with an `Idempotency-Key` (FACTS.md §4): the same key with the same body gives the first answer, for a day. */
export class Idempotency {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async begin(key: string, body: string): Promise<Begun> {
    const { table, ids, clock } = this.engine
    const now = clock.now()
    const item = await table.get(this.keyOf(key))
    const known = item !== undefined && (item['expires'] as number) * 1000 > now ? item : undefined
    const bodyHash = sha256(body)
    if (known !== undefined) {
      if (known['bodyHash'] !== bodyHash) return { kind: 'another-body' }
      if (known['answer'] !== undefined) return { kind: 'done', answer: known['answer'] as string }
      if (stillClaimed(known, 'underWayUntil', this.engine)) return { kind: 'under-way' }
    }
    const id = (known?.['id'] as ContentId | undefined) ?? ids.content()
    const expires = Math.ceil((now + KEPT_MS) / 1000)
    const put: Item = {
      ...this.keyOf(key),
      id,
      bodyHash,
      underWayUntil: now + UNDER_WAY_MS,
      expires,
      ...runOf(this.engine),
    }
    const unchanged: Condition =
      item === undefined
        ? { absent: true }
        : {
            equals: { id: item['id'] as string, underWayUntil: item['underWayUntil'] as number },
            unset: known ? ['answer'] : [],
          }
    try {
      await table.write([{ put, if: unchanged }])
      return { kind: 'begun', id }
    } catch (error) {
      if (error instanceof ConflictError) return { kind: 'under-way' }
      throw error
    }
  }

  async finish(key: string, answer: string): Promise<void> {
    await this.engine.table.write([{ update: this.keyOf(key), set: { answer }, if: { present: true } }])
  }

  /** The call was refused, so that nothing came of it: it may be tried again, with another body too. */
  async abandon(key: string): Promise<void> {
    await this.engine.table.write([{ delete: this.keyOf(key) }])
  }

  private keyOf(key: string) {
    return idempotencyKey(this.engine.tenant, sha256(key))
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
