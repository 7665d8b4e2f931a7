import { Webhook as StandardWebhook } from 'standardwebhooks'
import { log } from '../../log.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import { counter } from '../../metrics.ts'
import type { PostRemote } from '../../ports/post-remote.ts'
import type { Limits } from '../../settings.ts'
import type { TenantStore } from '../../store/store.ts'
import type { WebhookAttempt, WebhookDelivery } from '../../store/webhook-deliveries.ts'
import type { Webhook } from '../../store/webhooks.ts'
import { requestDelivery } from './announce-events.ts'

/** What one process delivers with. */
export interface WebhookSender {
  post: PostRemote
  limits: Pick<Limits, 'webhookTimeoutMs' | 'webhooksAtOnce' | 'webhooksAtOncePerTenant'>
  turns: WebhookTurns
}

/** Pauses before the second attempt and those after it: what Svix has, and so Resend (FACTS.md §4). */
const PAUSES_MS = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600].map((seconds) => seconds * 1000)
/** A webhook that nothing has got through to for so long is disabled. */
const FAILING_MS = 5 * 24 * 60 * 60 * 1000
const RESPONSE_OCTETS = 1024
const attempts = counter('tubepost_webhook_attempts_total', 'Attempts to tell webhooks.', ['outcome'])
/** Beyond the attempt itself: a clock's and a process's slowness. */
const CLAIM_SLACK_MS = 5000

export function openWebhookSender(post: PostRemote, limits: WebhookSender['limits']): WebhookSender {
  return { post, limits, turns: new WebhookTurns(limits) }
}

/**
 * How many deliveries a process has under way, in all and of one tenant, so that a slow endpoint holds up nobody but its owner. Who must wait is told
 * for how long, later and later as more are waiting.
 */
export class WebhookTurns {
  private readonly limits: Pick<Limits, 'webhooksAtOnce' | 'webhooksAtOncePerTenant'>
  private readonly underWay = new Map<TenantId, number>()
  private readonly turnAt = new Map<TenantId, number>()
  private all = 0
  private lastMs = 1000

  constructor(limits: Pick<Limits, 'webhooksAtOnce' | 'webhooksAtOncePerTenant'>) {
    this.limits = limits
  }

  /** Undefined: it may begin, and must end. Else: when to ask again, milliseconds since 1970. */
  begin(tenant: TenantId, now: number): number | undefined {
    const own = this.underWay.get(tenant) ?? 0
    const { webhooksAtOnce, webhooksAtOncePerTenant } = this.limits
    if (this.all < webhooksAtOnce && own < webhooksAtOncePerTenant) {
      this.underWay.set(tenant, own + 1)
      this.all += 1
      return undefined
    }
    const turnAt = Math.max(now + 1000, (this.turnAt.get(tenant) ?? 0) + this.lastMs / webhooksAtOncePerTenant)
    this.turnAt.set(tenant, turnAt)
    return turnAt
  }

  end(tenant: TenantId, tookMs: number): void {
    this.lastMs = tookMs
    this.all -= 1
    const own = this.underWay.get(tenant)! - 1
    if (own > 0) this.underWay.set(tenant, own)
    else {
      this.underWay.delete(tenant)
      this.turnAt.delete(tenant)
    }
  }
}

/**
 * Tells a webhook of an event, where that is due, or asks to be called when it is. At least once, always under the same id; one attempt at a time.
 * Called any number of times: only an attempt that ended without an answer being written down is made again.
 */
export async function deliverWebhook(
  own: TenantStore,
  { webhook: id, event }: { webhook: string; event: string },
  sender: WebhookSender,
): Promise<void> {
  const { clock } = own.engine
  const turnAt = sender.turns.begin(own.tenant, clock.now())
  if (turnAt !== undefined) return requestDelivery(own, id, event, turnAt)
  const startedAt = clock.now()
  try {
    const webhook = await own.webhooks.get(id)
    if (webhook === undefined) return
    const claimMs = sender.limits.webhookTimeoutMs + CLAIM_SLACK_MS
    const claimed = await own.webhookDeliveries.claim(id, event, claimMs)
    if (claimed === 'gone' || claimed === 'over') return
    if ('notBefore' in claimed) return requestDelivery(own, id, event, claimed.notBefore)
    if (!webhook.enabled) return own.webhookDeliveries.giveUp(id, event)
    await attempt(own, webhook, claimed, sender)
  } finally {
    sender.turns.end(own.tenant, clock.now() - startedAt)
  }
}

async function attempt(own: TenantStore, webhook: Webhook, delivery: WebhookDelivery, sender: WebhookSender) {
  const { clock } = own.engine
  const at = clock.now()
  const { status, response } = await sender.post(webhook.endpoint, {
    headers: headersOf(webhook, delivery, at),
    body: delivery.payload,
    timeoutMs: sender.limits.webhookTimeoutMs,
    maxOctets: RESPONSE_OCTETS,
  })
  const made: WebhookAttempt = { at, durationMs: Math.max(0, clock.now() - at), status, response }
  const isTaken = status >= 200 && status < 300
  attempts.add(1, isTaken ? 'taken' : status === 0 ? 'unanswered' : 'refused')
  if (isTaken) {
    await own.webhookDeliveries.record(delivery, made, { status: 'success', dueAt: 0 })
    return own.webhooks.succeeded(webhook)
  }
  const pauseMs = PAUSES_MS[delivery.tries]
  const dueAt = pauseMs === undefined ? 0 : clock.now() + pauseMs
  await own.webhookDeliveries.record(delivery, made, { status: pauseMs === undefined ? 'failed' : 'pending', dueAt })
  await judge(own, webhook)
  if (pauseMs !== undefined) await requestDelivery(own, webhook.id, delivery.event, dueAt)
}

async function judge(own: TenantStore, webhook: Webhook): Promise<void> {
  const failingSince = await own.webhooks.failed(webhook)
  if (own.engine.clock.now() - failingSince < FAILING_MS) return
  if (await own.webhooks.disable(webhook, failingSince)) {
    log.warn('webhook-disabled', { tenant: own.tenant, webhook: webhook.id, failingSince })
  }
}

/** Standard Webhooks, under its own names and under Svix's, which Resend has. */
function headersOf({ secret }: Webhook, { event, payload }: WebhookDelivery, atMs: number): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signature = new StandardWebhook(secret).sign(event, new Date(Math.floor(atMs / 1000) * 1000), payload)
  return {
    'content-type': 'application/json',
    'user-agent': 'Tubepost-Webhooks/1',
    'svix-id': event,
    'svix-timestamp': timestamp,
    'svix-signature': signature,
    'webhook-id': event,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  }
}
