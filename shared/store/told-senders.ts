import { createHash } from 'node:crypto'
import type { ContentId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { toldSenderKey } from './keys.ts'

/** One in so long: who writes to a hundred addresses that do not exist is told once. */
const TOLD_FOR_MS = 7 * 24 * 60 * 60 * 1000
const DAY_SECONDS = 24 * 60 * 60

/** Strangers who were told that their message did not arrive, after somebody else's server had taken it in. */
export class ToldSenders {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Whether `content` is what the sender is told of: the first of the week, and again each time it is asked of that one. */
  async claim(sender: string, content: ContentId): Promise<boolean> {
    const { table, clock, tenant } = this.engine
    const key = toldSenderKey(
      tenant,
      createHash('sha256').update(sender.toLowerCase()).digest('base64url').slice(0, 32),
    )
    const item = await table.get(key)
    if (item?.['content'] === content) return true
    const now = clock.now()
    if (item !== undefined && (item['holdsUntil'] as number) > now) return false
    const holdsUntil = now + TOLD_FOR_MS
    const put = { ...key, content, holdsUntil, expires: Math.ceil(holdsUntil / 1000) + DAY_SECONDS }
    const unchanged =
      item === undefined ? { absent: true as const } : { equals: { content: item['content'] as string } }
    try {
      await table.write([{ put, if: unchanged }])
      return true
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      return (await table.get(key))?.['content'] === content
    }
  }
}
