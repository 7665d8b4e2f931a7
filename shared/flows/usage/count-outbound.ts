import { dayOf, type UsageCounter, type UsageCounts } from '../../mailbox/usage.ts'
import type { Operation } from '../../ports/table.ts'
import type { OutboundState } from '../../store/outbound.ts'
import type { TenantStore } from '../../store/store.ts'
import { outboundEvents } from '../outgoing/outbound-events.ts'
import type { Kept } from '../outgoing/report-to-sender.ts'

const COUNTER_OF: Readonly<Record<string, UsageCounter>> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.delivery_delayed': 'delayed',
  'email.bounced': 'bounced',
  'email.complained': 'complained',
  'email.suppressed': 'suppressed',
  'email.failed': 'failed',
}

/**
 * What an attempt, or a report, adds to the day's usage: to be written with what became of it, which is written once. A message counts with its first
 * attempt. A complaint that the relay reports twice counts twice, as nothing is kept of it but the suppression.
 */
export function countOutbound(
  own: TenantStore,
  { envelope, info }: Kept,
  before: OutboundState,
  now: Pick<OutboundState, 'outcomes' | 'attempts'>,
  reported: { complaints: readonly string[] } | undefined,
): Operation[] {
  const counts: UsageCounts = {}
  if (before.attempts === 0 && now.attempts > 0) {
    counts.messagesOut = 1
    counts.recipientsOut = envelope.recipients.length
    counts.octetsOut = info.length
  }
  for (const { type } of outboundEvents(before.outcomes, now.outcomes, reported)) {
    const counter = COUNTER_OF[type]
    if (counter !== undefined) counts[counter] = (counts[counter] ?? 0) + 1
  }
  if (Object.keys(counts).length === 0) return []
  return [own.usage.counting(dayOf(own.engine.clock.now()), envelope.sender, counts)]
}
