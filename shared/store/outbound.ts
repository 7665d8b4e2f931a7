import type { ContentId } from '../mailbox/ids.ts'
import type { WebhookEvent } from '../mailbox/webhook-events.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { RelayOutcome } from '../ports/relay.ts'
import { ConflictError, type Operation } from '../ports/table.ts'
import { outboundKey } from './keys.ts'
import { runOf, stillClaimed } from './still-claimed.ts'

/** What a report tells of one recipient (RFC 3464 §2.3.3). */
export interface ReportedRecipient {
  recipient: string
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** The relay's, or ours in its words. */
  reply: string
}

/** A report that is to be made: with its number and time it is the same however often it is made. */
export interface OutboundReport {
  number: number
  /** Milliseconds since 1970. */
  at: number
  recipients: readonly ReportedRecipient[]
}

/** Something that webhooks are to be told of one recipient, or of several that fared alike. */
export interface OutboundEvent {
  type: WebhookEvent
  recipients: readonly string[]
  /** The relay's, or ours in its words. */
  reply: string
}

export interface OutboundNews {
  /** Milliseconds since 1970. */
  at: number
  events: readonly OutboundEvent[]
}

export interface OutboundOutcome extends RelayOutcome {
  /** When it came to this: milliseconds since 1970. */
  at?: number
}

/** How far a message has got on its way out: what became of each recipient. */
export interface OutboundState {
  outcomes: readonly OutboundOutcome[]
  attempts: number
  /** Not to be tried before: milliseconds since 1970. */
  dueAt: number
  /** The sender knows that it is late. */
  delayTold: boolean
  /** Reports made so far, the one under way included. */
  reports: number
  /** Decided and perhaps not made yet. */
  report?: OutboundReport
  /** What webhooks are to be told, and perhaps were not yet. */
  news?: OutboundNews
  version: number
}

/** What is known of messages that leave; one sender at a time works on each. */
export class Outbound {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async get(content: ContentId): Promise<OutboundState | undefined> {
    const item = await this.engine.table.get(outboundKey(this.engine.tenant, content))
    return item && stateFrom(item)
  }

  /** Undefined where somebody else is sending it just now. The claim ends by itself after `claimMs`, and with the process where that is alone. */
  async claim(content: ContentId, claimMs: number): Promise<OutboundState | undefined> {
    const key = outboundKey(this.engine.tenant, content)
    const now = this.engine.clock.now()
    const item = await this.engine.table.get(key)
    if (stillClaimed(item, 'claimedUntil', this.engine)) return undefined
    const state = stateFrom(item ?? {})
    try {
      await this.engine.table.write([
        {
          update: key,
          set: { claimedUntil: now + claimMs, ...runOf(this.engine) },
          add: { version: 1 },
          if: item === undefined ? { absent: true } : { equals: { version: state.version } },
        },
      ])
      return { ...state, version: state.version + 1 }
    } catch (error) {
      if (error instanceof ConflictError) return undefined
      throw error
    }
  }

  /** Keeps the claim, and what the attempt came to. Gives the state to go on from. */
  async note(content: ContentId, state: OutboundState, counted: readonly Operation[] = []): Promise<OutboundState> {
    await this.write(content, state, [], counted)
    return { ...state, version: state.version + 1 }
  }

  /** Ends the claim with what the attempt came to, and counts it in the same write. */
  async record(content: ContentId, state: OutboundState, counted: readonly Operation[] = []): Promise<void> {
    await this.write(content, state, ['claimedUntil'], counted)
  }

  private async write(
    content: ContentId,
    state: OutboundState,
    remove: readonly string[],
    counted: readonly Operation[],
  ): Promise<void> {
    const { outcomes, attempts, dueAt, delayTold, reports, report, news, version } = state
    const told = {
      ...(report !== undefined && { report: JSON.stringify(report) }),
      ...(news !== undefined && { news: JSON.stringify(news) }),
    }
    const removed = [...remove, ...['report', 'news'].filter((name) => !(name in told))]
    await this.engine.table.write([
      {
        update: outboundKey(this.engine.tenant, content),
        set: { outcomes: JSON.stringify(outcomes), attempts, dueAt, delayTold, reports, ...told },
        add: { version: 1 },
        ...(removed.length > 0 && { remove: removed }),
        if: { equals: { version } },
      },
      ...counted,
    ])
  }
}

function stateFrom(item: Readonly<Record<string, unknown>>): OutboundState {
  const report = item['report'] as string | undefined
  const news = item['news'] as string | undefined
  return {
    outcomes: item['outcomes'] === undefined ? [] : JSON.parse(item['outcomes'] as string),
    attempts: (item['attempts'] as number | undefined) ?? 0,
    dueAt: (item['dueAt'] as number | undefined) ?? 0,
    delayTold: item['delayTold'] === true,
    reports: (item['reports'] as number | undefined) ?? 0,
    ...(report !== undefined && { report: JSON.parse(report) }),
    ...(news !== undefined && { news: JSON.parse(news) }),
    version: (item['version'] as number | undefined) ?? 0,
  }
}
