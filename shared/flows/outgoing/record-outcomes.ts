import type { Envelope } from '../../mailbox/envelope.ts'
import type { RelayOutcome } from '../../ports/relay.ts'
import type { OutboundEvent, OutboundState, ReportedRecipient } from '../../store/outbound.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { countOutbound } from '../usage/count-outbound.ts'
import { isWanted } from '../webhooks/announce-events.ts'
import { announceOutbound, groupEvents, OUTBOUND_EVENTS, outboundEvents } from './outbound-events.ts'
import { type Kept, reportToSender } from './report-to-sender.ts'

/** How long a sender waits in silence. */
const DELAY_TOLD_AFTER_MS = 4 * 60 * 60 * 1000

/**
 * Ends the claim with what is known now of each recipient, and tells the sender what it wants to know of that. What is to be told is written
 * down first, with its number and time: after a crash the same report is made again, which is none that anybody sees twice.
 */
export async function recordOutcomes(
  store: Store,
  own: TenantStore,
  kept: Kept,
  before: OutboundState,
  now: Pick<OutboundState, 'outcomes' | 'attempts' | 'dueAt'>,
  settings: { hostName: string },
  /** The relay tells it of a message that it took before. */
  reported?: { complaints: readonly string[] },
): Promise<void> {
  const at = store.engine.clock.now()
  const isLate = !before.delayTold && at - kept.envelope.receivedAt >= DELAY_TOLD_AFTER_MS
  const recipients = newsOf(kept.envelope, before.outcomes, now.outcomes, isLate)
  const delayTold = before.delayTold || recipients.some(({ action }) => action === 'delayed')
  const { report: _made, news: _told, ...rest } = before
  // What was there before keeps its time.
  const outcomes = now.outcomes.map((outcome) => ({ at, ...outcome }))
  const state: OutboundState = { ...rest, ...now, outcomes, delayTold }
  const events = await eventsOf(own, kept, before, now, reported)
  const counted = countOutbound(own, kept, before, now, reported)
  if (recipients.length === 0 && events.length === 0) return own.outbound.record(kept.content, state, counted)
  const number = state.reports + 1
  const noted = {
    ...state,
    ...(recipients.length > 0 && { reports: number, report: { number, at, recipients } }),
    ...(events.length > 0 && { news: { at, events } }),
  }
  await finishReport(store, own, kept, await own.outbound.note(kept.content, noted, counted), settings)
}

/** Only of what somebody submitted: a report, and what is passed on, are nobody's to be told of. */
async function eventsOf(
  own: TenantStore,
  { envelope }: Kept,
  before: OutboundState,
  now: Pick<OutboundState, 'outcomes'>,
  reported: { complaints: readonly string[] } | undefined,
): Promise<OutboundEvent[]> {
  if (envelope.origin !== 'submission' || !(await isWanted(own, OUTBOUND_EVENTS))) return []
  return groupEvents(outboundEvents(before.outcomes, now.outcomes, reported))
}

/** Makes the report that was decided, tells webhooks what was written down for them, and ends the claim. */
export async function finishReport(
  store: Store,
  own: TenantStore,
  kept: Kept,
  state: OutboundState,
  settings: { hostName: string },
): Promise<void> {
  if (state.report !== undefined) await reportToSender(store, own, kept, state.report, settings)
  if (state.news !== undefined) await announceOutbound(own, kept, state.news)
  const { report: _made, news: _told, ...rest } = state
  await own.outbound.record(kept.content, rest)
}

/** What is new and wanted (RFC 3461 §4.1). */
function newsOf(
  { recipients }: Envelope,
  before: readonly RelayOutcome[],
  now: readonly RelayOutcome[],
  isLate: boolean,
): ReportedRecipient[] {
  const wishes = new Map(recipients.map(({ address, notify }) => [address, notify]))
  const known = new Map(before.map(({ recipient, outcome }) => [recipient, outcome]))
  return now.flatMap(({ recipient, outcome, reply, tells }): ReportedRecipient[] => {
    const notify = wishes.get(recipient)
    if (outcome === 'deferred') {
      return isLate && (notify === undefined || notify.includes('DELAY'))
        ? [{ recipient, action: 'delayed', reply }]
        : []
    }
    if (known.get(recipient) === outcome) return []
    if (outcome === 'failed') {
      return notify === undefined || notify.includes('FAILURE') ? [{ recipient, action: 'failed', reply }] : []
    }
    // Those of ours are told of when it is in their mailbox; a relay that offers DSN tells itself.
    return notify?.includes('SUCCESS') && !tells ? [{ recipient, action: 'relayed', reply }] : []
  })
}
