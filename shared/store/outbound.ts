import type { ContentId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { RelayOutcome } from '../ports/relay.ts'
import { ConflictError } from '../ports/table.ts'
import { outboundKey } from './keys.ts'

/** How far a message has got on its way out: what became of each recipient. */
export interface OutboundState {
  outcomes: readonly RelayOutcome[]
  attempts: number
  version: number
}

/** What is known of messages that leave; one sender at a time works on each. */
export class Outbound {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Undefined where somebody else is sending it just now. The claim ends by itself after `claimMs`. */
  async claim(content: ContentId, claimMs: number): Promise<OutboundState | undefined> {
    const key = outboundKey(this.engine.tenant, content)
    const now = this.engine.clock.now()
    const item = await this.engine.table.get(key)
    if (((item?.['claimedUntil'] as number | undefined) ?? 0) > now) return undefined
    const version = (item?.['version'] as number | undefined) ?? 0
    const state: OutboundState = {
      outcomes: item?.['outcomes'] === undefined ? [] : JSON.parse(item['outcomes'] as string),
      attempts: (item?.['attempts'] as number | undefined) ?? 0,
      version: version + 1,
    }
    try {
      await this.engine.table.write([
        {
          update: key,
          set: { claimedUntil: now + claimMs },
          add: { version: 1 },
          if: item === undefined ? { absent: true } : { equals: { version } },
        },
      ])
      return state
    } catch (error) {
      if (error instanceof ConflictError) return undefined
      throw error
    }
  }

  /** Ends the claim with what the attempt came to. */
  async record(content: ContentId, { outcomes, attempts, version }: OutboundState): Promise<void> {
    await this.engine.table.write([
      {
        update: outboundKey(this.engine.tenant, content),
        set: { outcomes: JSON.stringify(outcomes), attempts },
        add: { version: 1 },
        remove: ['claimedUntil'],
        if: { equals: { version } },
      },
    ])
  }
}
