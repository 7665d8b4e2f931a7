import { log } from '../../log.ts'
import { type ContentId, isContentId, isTenantId } from '../../mailbox/ids.ts'
import type { RelayOutcome, RelayReport } from '../../ports/relay.ts'
import { outboxName } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { SuppressionReason } from '../../store/suppressions.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { suppressionEventData } from '../tenants/administer-suppressions.ts'
import { announceEvents } from '../webhooks/announce-events.ts'
import { recordOutcomes } from './record-outcomes.ts'
import type { SendSettings } from './send-message.ts'

/** `retry`: the message is being sent just now; the report is to be read again after so long. */
export type ReportOutcome = { kind: 'done' } | { kind: 'gone' } | { kind: 'retry'; delaySeconds: number }

const CLAIM_MS = 60_000
const BUSY_SECONDS = 60

/**
 * What the relay reports of a message it took becomes its state; a sender whose message failed for somebody is told so, once for each recipient.
 * Who complained, and who is not there, gets nothing more of this tenant. Called at least once for each report, and in any order: a failure
 * stays one.
 */
export async function takeReport(store: Store, report: RelayReport, settings: SendSettings): Promise<ReportOutcome> {
  const { id, tenant } = report
  if (!isTenantId(tenant) || !isContentId(id)) throw new Error('a report on no message of ours')
  const own = store.tenant(tenant)
  const info = await own.engine.blobs.head(outboxName(tenant, id))
  if (info === undefined) return { kind: 'gone' }
  if (report.complaints.length > 0) log.warn('complaint', { tenant, content: id, recipients: report.complaints.length })
  await suppress(own, report.complaints, 'complaint', id)
  await suppress(own, report.unreachable, 'bounce', id)
  const state = await own.outbound.claim(id, CLAIM_MS)
  if (state === undefined) return { kind: 'retry', delaySeconds: BUSY_SECONDS }
  const outcomes = state.outcomes.map((known) => newer(known, report.outcomes))
  const kept = { content: id, info, envelope: await own.envelopes.of(info) }
  const now = { outcomes, attempts: state.attempts, dueAt: state.dueAt }
  await recordOutcomes(store, own, kept, state, now, settings, { complaints: report.complaints })
  return { kind: 'done' }
}

async function suppress(
  own: TenantStore,
  addresses: readonly string[],
  reason: SuppressionReason,
  content: ContentId,
): Promise<void> {
  for (const address of addresses) {
    const suppression = await own.suppressions.add(address, reason, content)
    if (suppression.content !== content) continue // it was on the list before
    const { address: id, since } = suppression
    const event = derivedContentId(content, 'suppression.added', id)
    await announceEvents(own, [
      { id: event, type: 'suppression.added', at: since, data: suppressionEventData(suppression) },
    ])
  }
}

/** Relays write addresses in their own case. */
function newer(known: RelayOutcome, reported: readonly RelayOutcome[]): RelayOutcome {
  if (known.outcome === 'failed') return known
  const about = reported.find(({ recipient }) => recipient.toLowerCase() === known.recipient.toLowerCase())
  return about === undefined ? known : { ...about, recipient: known.recipient }
}
