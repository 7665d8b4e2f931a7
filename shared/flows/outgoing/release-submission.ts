import { log } from '../../log.ts'
import { MailError, type MailErrorKind } from '../../mailbox/errors.ts'
import { idTime } from '../../mailbox/id-time.ts'
import { type AccountId, type ContentId, tenantOf } from '../../mailbox/ids.ts'
import { BlobExistsError, type BlobSource } from '../../ports/blobs.ts'
import { scheduledName } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { HeldMessage } from '../../store/submissions.ts'
import { formatJob } from '../upkeep/jobs.ts'
import { contentOf } from './report-to-sender.ts'
import { submitMessage } from './submit-message.ts'

/** As long as a queue can hold a message back; for a later time the job asks again. */
const LONGEST_DELAY_SECONDS = 900
/** A submission that is not there by then will never be: whoever was about to make it is gone. */
const UNMADE_MS = 60 * 60 * 1000
/** How long making one takes; who takes longer is looked for less often. */
const MAKING_MS = 60 * 1000
const MAKING_AGAIN_MS = 2000
const UNMADE_AGAIN_MS = 60 * 1000

/** Sees to it that a held submission is looked at when its time comes, to the second. */
export async function requestSubmissionRelease(
  store: Store,
  account: AccountId,
  submission: ContentId,
  at: number,
): Promise<void> {
  const seconds = Math.ceil((at - store.engine.clock.now()) / 1000)
  const delaySeconds = Math.min(LONGEST_DELAY_SECONDS, Math.max(0, seconds))
  await store.engine.queues.jobs.send(formatJob({ kind: 'release-submission', account, submission }), { delaySeconds })
}

/** Submits a held message whose time has come; of one that was cancelled nothing is left but its record. Repeatable. */
export async function releaseSubmission(store: Store, account: AccountId, id: ContentId): Promise<void> {
  const own = store.tenant(tenantOf(account))
  const now = store.engine.clock.now()
  const [held, info] = await Promise.all([
    own.submissions.held(account, id),
    own.engine.blobs.head(scheduledName(own.tenant, id)),
  ])
  if (held === undefined) {
    const age = now - idTime(id)
    const again = age < MAKING_MS ? MAKING_AGAIN_MS : UNMADE_AGAIN_MS
    if (age < UNMADE_MS) return requestSubmissionRelease(store, account, id, now + again)
    if (info !== undefined) await own.engine.blobs.delete(info.name)
    return
  }
  if (info === undefined) return // done before
  const { submission, message } = held
  if (submission.state === 'held') {
    const isSuspended = (await own.accounts.get(account))?.suspended
    if (isSuspended) return requestSubmissionRelease(store, account, id, now + LONGEST_DELAY_SECONDS * 1000)
    const early = submission.sendAt > now
    if (early || !(await own.submissions.release(account, id, submission.sendAt))) {
      return requestSubmissionRelease(store, account, id, submission.sendAt)
    }
  }
  if (submission.state !== 'canceled') {
    try {
      await submitReleased(store, account, id, submission.sendAt, message, contentOf(own, info))
    } catch (error) {
      if (!(error instanceof MailError && NEVER.has(error.kind))) throw error
      log.warn('submission-refused', { account, submission: id, why: error.message })
      await refuse(own, id, message)
    }
  }
  await own.engine.blobs.delete(info.name)
}

/** What was allowed when the message was taken may not be when its time has come; asking again would not change that. */
const NEVER: ReadonlySet<MailErrorKind> = new Set(['not-allowed', 'not-carried', 'too-large'])
const REFUSED = '550 5.7.1 It could not be sent any more when its time had come'
const CLAIM_MS = 60_000

/** Whoever asks what became of it is told. Repeatable. */
async function refuse(own: TenantStore, id: ContentId, { recipients }: HeldMessage): Promise<void> {
  const state = await own.outbound.claim(id, CLAIM_MS)
  if (state === undefined) throw new MailError('try-again', `${id} is being worked on`)
  if (state.outcomes.length > 0) return own.outbound.record(id, state) // told already
  const outcomes = recipients.map(({ address }) => ({ recipient: address, outcome: 'failed' as const, reply: REFUSED }))
  await own.outbound.record(id, { ...state, outcomes })
}

/** Into the outbox, under the submission's own id. Repeatable: what was put first is what is sent. */
export async function submitReleased(
  store: Store,
  account: AccountId,
  id: ContentId,
  receivedAt: number,
  { hostName, ...message }: HeldMessage,
  source: BlobSource,
): Promise<void> {
  const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'HTTP' }
  const repeatable = { content: id, receivedAt }
  try {
    await submitMessage(store, { ...message, account, client, repeatable }, source)
  } catch (error) {
    if (!(error instanceof BlobExistsError)) throw error
  }
}
