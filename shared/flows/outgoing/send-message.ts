import { parsePathAddress } from '../../codec/smtp/address.ts'
import { log } from '../../log.ts'
import type { Recipient } from '../../mailbox/envelope.ts'
import { type ContentId, isContentId, isTenantId, type TenantId } from '../../mailbox/ids.ts'
import type { RelayOutcome } from '../../ports/relay.ts'
import { outboxName } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { acceptMessage, type LocalRecipient } from '../arrivals/accept-message.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { DELIVERED_HERE } from './delivered-here.ts'
import { finishReport, recordOutcomes } from './record-outcomes.ts'
import { relayMessage } from './relay-message.ts'
import { contentOf, GIVE_UP_MS, type Kept } from './report-to-sender.ts'

/** `retry`: some recipients are still to be tried, after so long. */
export type SendOutcome = { kind: 'done' } | { kind: 'gone' } | { kind: 'retry'; delaySeconds: number }

/** Longer than any attempt may take, so that two workers never send the same message side by side. */
const CLAIM_MS = 15 * 60 * 1000
/** What an attempt has: what it came to is written down within the claim. */
const ATTEMPT_MS = CLAIM_MS - 60 * 1000
const FIRST_RETRY_SECONDS = 5 * 60
const LONGEST_RETRY_SECONDS = 2 * 60 * 60
/** A retry comes up to so much earlier or later, so that what was deferred together does not come back together. */
const JITTER = 0.2
const SUPPRESSED = '550 5.7.1 Suppressed: this address bounced or complained before'

export interface SendSettings {
  /** How we name ourselves in traces and reports. */
  hostName: string
}

/**
 * A message of the outbox on its way: to recipients of ours without leaving the house, to others by the relay. Called at least once for each
 * object, and again as long as it answers `retry`. No recipient is lost: each ends as sent, or in a report to the sender.
 */
export async function sendMessage(store: Store, name: string, settings: SendSettings): Promise<SendOutcome> {
  const parsed = parseOutboxName(name)
  const { content } = parsed
  const own = store.tenant(parsed.tenant)
  const info = await own.engine.blobs.head(name)
  if (info === undefined) return { kind: 'gone' }
  const kept: Kept = { content, info, envelope: await own.envelopes.of(info) }
  const state = await own.outbound.claim(content, CLAIM_MS)
  if (state === undefined) return { kind: 'retry', delaySeconds: FIRST_RETRY_SECONDS }
  const now = store.engine.clock.now()
  const isEarly = state.dueAt > now
  if (state.report !== undefined || state.news !== undefined || isEarly) {
    await finishReport(store, own, kept, state, settings)
    return isOver(kept, state.outcomes)
      ? { kind: 'done' }
      : { kind: 'retry', delaySeconds: secondsUntil(state.dueAt, now) }
  }
  const settled = state.outcomes.filter(({ outcome }) => outcome !== 'deferred')
  const done = new Set(settled.map(({ recipient }) => recipient))
  const open = kept.envelope.recipients.filter(({ address }) => !done.has(address))
  // What was delivered here before has the message's own id, and cannot be given further recipients; these get one that a repeat makes again.
  const here =
    settled.length === 0
      ? parsed.content
      : derivedContentId(parsed.content, 'later', ...open.map(({ address }) => address))
  const attempted = await attempt(store, own, kept, here, open, settings)
  const isExpired = now - kept.envelope.receivedAt > GIVE_UP_MS
  const outcomes = [...settled, ...(isExpired ? attempted.map(givenUp) : attempted)]
  const attempts = state.attempts + 1
  const delaySeconds = retryDelay(attempts, store.engine.ids.fraction())
  const dueAt = isOver(kept, outcomes) ? 0 : store.engine.clock.now() + delaySeconds * 1000
  await recordOutcomes(store, own, kept, state, { outcomes, attempts, dueAt }, settings)
  return isOver(kept, outcomes) ? { kind: 'done' } : { kind: 'retry', delaySeconds }
}

/** Throws where it is not the name of an outbound message. */
export function parseOutboxName(name: string): { tenant: TenantId; content: ContentId } {
  const [, tenant = '', content = ''] = name.split('/')
  const isOne = isTenantId(tenant) && isContentId(content) && outboxName(tenant, content) === name
  if (!isOne) throw new Error(`${name} is no outbound message`)
  return { tenant, content }
}

/** 5 minutes, then twice as long each time, up to two hours; `fraction` of 0 to 1 moves it. */
function retryDelay(attempts: number, fraction: number): number {
  const seconds = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(attempts - 1, 10))
  return Math.round(seconds * (1 - JITTER + 2 * JITTER * fraction))
}

function secondsUntil(dueAt: number, now: number): number {
  return Math.max(1, Math.min(LONGEST_RETRY_SECONDS * (1 + JITTER), Math.ceil((dueAt - now) / 1000)))
}

function isOver({ envelope }: Kept, outcomes: readonly RelayOutcome[]): boolean {
  return outcomes.length >= envelope.recipients.length && !outcomes.some(({ outcome }) => outcome === 'deferred')
}

async function attempt(
  store: Store,
  own: TenantStore,
  kept: Kept,
  /** Under which it is delivered here. */
  here: ContentId,
  open: readonly Recipient[],
  { hostName }: SendSettings,
): Promise<RelayOutcome[]> {
  const { info, envelope } = kept
  const until = store.engine.clock.now() + ATTEMPT_MS
  if ((await store.tenants.get(own.tenant))?.suspended) {
    return open.map(({ address }) => ({ ...failed(address, '450 4.2.1 The sender is suspended'), outcome: 'deferred' }))
  }
  const local: LocalRecipient[] = []
  const remote: Recipient[] = []
  const outcomes: RelayOutcome[] = []
  for (const recipient of open) {
    const { address } = recipient
    const resolution = await store.directory.resolve(parsePathAddress(address))
    if (resolution.kind === 'local') {
      const { tenant, accounts, forwards } = resolution
      local.push({ ...recipient, tenant, accounts, ...(forwards.length > 0 && { forwards }) })
    } else if (resolution.kind === 'foreign-domain') remote.push(recipient)
    else if (resolution.kind === 'moved') outcomes.push(failed(address, `551 5.1.6 Moved to ${resolution.to}`))
    else if (resolution.kind === 'suspended')
      outcomes.push({ ...failed(address, '450 4.2.1 Disabled'), outcome: 'deferred' })
    else outcomes.push(failed(address, '550 5.1.1 No such mailbox here'))
  }
  if (local.length > 0) {
    const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' }
    const { reversePath, body, smtputf8, receivedAt, envid, ret } = envelope
    const wishes = { ...(envid !== undefined && { envid }), ...(ret !== undefined && { ret }) }
    const transaction = { reversePath, recipients: local, body, smtputf8, client, ...wishes }
    await acceptMessage(store, { ...transaction, repeatable: { content: here, receivedAt } }, contentOf(own, info))
    // Who wants to know hears of it from where it is put into the mailbox.
    for (const { address } of local)
      outcomes.push({ recipient: address, outcome: 'sent', reply: DELIVERED_HERE, tells: true })
  }
  const suppressed = await own.suppressions.among(remote.map(({ address }) => address))
  for (const address of suppressed) outcomes.push({ ...failed(address, SUPPRESSED), suppressed: true })
  const wanted = remote.filter(({ address }) => !suppressed.has(address))
  if (wanted.length === 0) return outcomes
  try {
    return [...outcomes, ...(await relayMessage(store, own, kept, wanted, until))]
  } catch (error) {
    log.warn('relay-failed', { tenant: own.tenant, content: kept.content, error: error as Error })
    const reply = '451 4.4.1 The relay does not answer'
    return [...outcomes, ...wanted.map(({ address }) => ({ ...failed(address, reply), outcome: 'deferred' as const }))]
  }
}

function failed(recipient: string, reply: string): RelayOutcome {
  return { recipient, outcome: 'failed', reply }
}

function givenUp(outcome: RelayOutcome): RelayOutcome {
  if (outcome.outcome !== 'deferred') return outcome
  return { ...outcome, outcome: 'failed', reply: `554 5.4.7 Given up; last answer: ${outcome.reply}` }
}
