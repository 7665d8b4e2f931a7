import { parseAddress } from '../codec/smtp/address.ts'
import { log } from '../log.ts'
import type { Envelope } from '../mailbox/envelope.ts'
import { type ContentId, isContentId, isTenantId, type TenantId } from '../mailbox/ids.ts'
import type { BlobInfo, BlobSource } from '../ports/blobs.ts'
import type { RelayOutcome } from '../ports/relay.ts'
import { outboxName } from '../store/keys.ts'
import type { Store, TenantStore } from '../store/store.ts'
import { acceptMessage, type LocalRecipient } from './accept-message.ts'
import { reportFailures } from './report-failures.ts'

/** `retry`: some recipients are still to be tried, after so long. */
export type SendOutcome = { kind: 'done' } | { kind: 'gone' } | { kind: 'retry'; delaySeconds: number }

/** Longer than any attempt may take, so that two workers never send the same message side by side. */
const CLAIM_MS = 15 * 60 * 1000
const FIRST_RETRY_SECONDS = 5 * 60
const LONGEST_RETRY_SECONDS = 2 * 60 * 60
/** RFC 5321 §4.5.4.1 asks for four or five days; users of today want to know sooner. */
const GIVE_UP_MS = 2 * 24 * 60 * 60 * 1000

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
  if (parsed === undefined) throw new Error(`${name} is no outbound message`)
  const own = store.tenant(parsed.tenant)
  const info = await own.engine.blobs.head(name)
  if (info === undefined) return { kind: 'gone' }
  const envelope = await own.envelopes.of(info)
  const state = await own.outbound.claim(parsed.content, CLAIM_MS)
  if (state === undefined) return { kind: 'retry', delaySeconds: FIRST_RETRY_SECONDS }
  const settled = state.outcomes.filter(({ outcome }) => outcome !== 'deferred')
  const open = envelope.recipients
    .map(({ address }) => address)
    .filter((address) => !settled.some(({ recipient }) => recipient === address))
  const attempted = await attempt(store, own, parsed.content, info, envelope, open, settings)
  const expired = store.engine.clock.now() - envelope.receivedAt > GIVE_UP_MS
  const outcomes = [...settled, ...attempted.map((outcome) => (expired ? givenUp(outcome) : outcome))]
  const failed = outcomes.filter((outcome) => outcome.outcome === 'failed' && !settled.includes(outcome))
  // Reported before it is recorded: a crash between the two reports again under the same id, and nobody sees it twice.
  if (failed.length > 0) await reportFailures(store, own, parsed.content, info, envelope, failed, settings)
  const attempts = state.attempts + 1
  await own.outbound.record(parsed.content, { outcomes, attempts, version: state.version })
  if (!outcomes.some(({ outcome }) => outcome === 'deferred')) return { kind: 'done' }
  const delaySeconds = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(attempts - 1, 10))
  return { kind: 'retry', delaySeconds }
}

export function parseOutboxName(name: string): { tenant: TenantId; content: ContentId } | undefined {
  const [kind, tenant, content] = name.split('/')
  if (kind !== 'outbox' || tenant === undefined || content === undefined) return undefined
  if (!isTenantId(tenant) || !isContentId(content)) return undefined
  return outboxName(tenant, content) === name ? { tenant, content } : undefined
}

async function attempt(
  store: Store,
  own: TenantStore,
  content: ContentId,
  info: BlobInfo,
  envelope: Envelope,
  open: readonly string[],
  { hostName }: SendSettings,
): Promise<RelayOutcome[]> {
  const local: LocalRecipient[] = []
  const remote: string[] = []
  const outcomes: RelayOutcome[] = []
  for (const address of open) {
    const resolution = await store.directory.resolve(parseAddress(address))
    if (resolution.kind === 'local') local.push({ address, tenant: resolution.tenant, accounts: resolution.accounts })
    else if (resolution.kind === 'foreign-domain') remote.push(address)
    else outcomes.push({ recipient: address, outcome: 'failed', reply: '550 5.1.1 No such mailbox here' })
  }
  const source = sourceOfBlob(own, info)
  if (local.length > 0) {
    const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' }
    const { reversePath, body, smtputf8, receivedAt } = envelope
    const repeatable = { content, receivedAt }
    await acceptMessage(store, { reversePath, recipients: local, body, smtputf8, client, repeatable }, source)
    outcomes.push(
      ...local.map(({ address }) => ({
        recipient: address,
        outcome: 'sent' as const,
        reply: '250 2.0.0 Delivered here',
      })),
    )
  }
  return remote.length === 0 ? outcomes : [...outcomes, ...(await relay(store, own, content, source, envelope, remote))]
}

async function relay(
  store: Store,
  own: TenantStore,
  content: ContentId,
  source: BlobSource,
  { reversePath, smtputf8 }: Envelope,
  recipients: readonly string[],
): Promise<RelayOutcome[]> {
  try {
    const message = { id: content, tenant: own.tenant, reversePath, recipients, content: source, smtputf8 }
    return (await store.engine.relay.send(message)).outcomes
  } catch (error) {
    log.warn('relay-failed', { tenant: own.tenant, content, error: error as Error })
    return recipients.map((recipient) => ({
      recipient,
      outcome: 'deferred',
      reply: '451 4.4.1 The relay does not answer',
    }))
  }
}

function givenUp(outcome: RelayOutcome): RelayOutcome {
  if (outcome.outcome !== 'deferred') return outcome
  return { ...outcome, outcome: 'failed', reply: `554 5.4.7 Given up; last answer: ${outcome.reply}` }
}

function sourceOfBlob(own: TenantStore, { name, length, sha256 }: BlobInfo): BlobSource {
  return {
    length,
    sha256,
    async *open() {
      const blob = await own.engine.blobs.get(name)
      if (blob === undefined) throw new Error(`${name} is gone`)
      yield* blob.content
    },
  }
}
