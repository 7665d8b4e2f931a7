import { type ContentId, isContentId, type TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Email } from '../../store/emails.ts'
import type { Store } from '../../store/store.ts'
import { parseScheduledAt } from '../outgoing/scheduled-time.ts'
import { requestRelease } from './release-email.ts'

/** Throws Refusal 'not-found'. */
export async function requireEmail(store: Store, tenant: TenantId, id: string): Promise<Email> {
  const email = isContentId(id) ? await store.tenant(tenant).emails.get(id as ContentId) : undefined
  if (email === undefined) throw new Refusal('not-found', 'Email not found')
  return email
}

/** Throws Refusal 'not-found', 'too-late'. */
export async function cancelEmail(store: Store, tenant: TenantId, id: string): Promise<void> {
  const email = await requireEmail(store, tenant, id)
  if (email.state === 'canceled' || (await store.tenant(tenant).emails.cancel(email.id))) return
  throw new Refusal('too-late', 'The email is not waiting to be sent any more.')
}

/** Throws Refusal 'not-found', 'too-late', 'invalid'. */
export async function rescheduleEmail(store: Store, tenant: TenantId, id: string, scheduledAt: string): Promise<void> {
  const email = await requireEmail(store, tenant, id)
  const at = parseScheduledAt(scheduledAt, store.engine.clock.now())
  if (!(await store.tenant(tenant).emails.reschedule(email.id, at))) {
    throw new Refusal('too-late', 'The email is not waiting to be sent any more.')
  }
  await requestRelease(store, tenant, email.id, at)
}
