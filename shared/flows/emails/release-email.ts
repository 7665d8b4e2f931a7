import type { ContentId, TenantId } from '../../mailbox/ids.ts'
import { BlobExistsError, type BlobInfo, type BlobSource } from '../../ports/blobs.ts'
import type { ScheduledSubmission } from '../../store/emails.ts'
import { scheduledName } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { contentOf } from '../outgoing/report-to-sender.ts'
import { submitMessage } from '../outgoing/submit-message.ts'
import { formatJob } from '../upkeep/jobs.ts'

/** As long as a queue can hold a message back; for a later time the job asks again. */
const LONGEST_DELAY_SECONDS = 900

/** Sees to it that a scheduled email is looked at when its time comes. */
export async function requestRelease(store: Store, tenant: TenantId, email: ContentId, at: number): Promise<void> {
  const seconds = Math.ceil((at - store.engine.clock.now()) / 1000)
  const delaySeconds = Math.min(LONGEST_DELAY_SECONDS, Math.max(0, seconds))
  await store.engine.queues.jobs.send(formatJob({ kind: 'release-email', tenant, email }), { delaySeconds })
}

/** Submits a scheduled email whose time has come; of one that was cancelled nothing is left but its item. Repeatable. */
export async function releaseEmail(store: Store, tenant: TenantId, id: ContentId): Promise<void> {
  const own = store.tenant(tenant)
  const email = await own.emails.get(id)
  const info = await own.engine.blobs.head(scheduledName(tenant, id))
  if (email?.scheduledAt === undefined || info === undefined) return // done before
  const { scheduledAt, state } = email
  if ((await store.tenants.get(tenant))?.suspended) {
    return requestRelease(store, tenant, id, store.engine.clock.now() + LONGEST_DELAY_SECONDS * 1000)
  }
  if (state === 'scheduled') {
    const early = scheduledAt > store.engine.clock.now()
    // Rescheduled at this very moment: then it is early now.
    if (early || !(await own.emails.release(id, scheduledAt))) return requestRelease(store, tenant, id, scheduledAt)
  }
  if (state !== 'canceled') await submitScheduled(store, own, id, scheduledAt, info)
  await own.engine.blobs.delete(info.name)
}

async function submitScheduled(
  store: Store,
  own: TenantStore,
  id: ContentId,
  at: number,
  info: BlobInfo,
): Promise<void> {
  const submission = await own.emails.submissionOf(id)
  if (submission === undefined) throw new Error(`${info.name} has nobody to go to`)
  await submitEmail(store, own.tenant, id, at, submission, contentOf(own, info))
}

/** Into the outbox, under its own id. Repeatable: composing again makes other octets, and what was put first is what is sent. */
export async function submitEmail(
  store: Store,
  tenant: TenantId,
  id: ContentId,
  receivedAt: number,
  { hostName, ...submission }: ScheduledSubmission,
  source: BlobSource,
): Promise<void> {
  const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'HTTP' }
  const repeatable = { content: id, receivedAt }
  try {
    await submitMessage(store, { ...submission, tenant, client, repeatable }, source)
  } catch (error) {
    if (!(error instanceof BlobExistsError)) throw error
  }
}
