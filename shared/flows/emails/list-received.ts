import type { ContentId } from '../../mailbox/ids.ts'
import { contentName } from '../../store/keys.ts'
import type { PageOf, PageRequest } from '../../store/pages.ts'
import type { TenantStore } from '../../store/store.ts'
import { idsInTime, pageInTime } from '../ids-in-time.ts'
import { type ReceivedEmail, readReceived } from './read-received.ts'

/** What came in for a tenant, the newest first. The bucket is the list: receiving pays nothing for it. */
export async function pageOfReceived(own: TenantStore, request: PageRequest): Promise<PageOf<ReceivedEmail>> {
  const { blobs, clock } = own.engine
  const prefix = contentName(own.tenant, '' as ContentId)
  return pageInTime(idsInTime(blobs, prefix, request, clock.now()), request, (id) => readReceived(own, id))
}
