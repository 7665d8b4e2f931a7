import { signal } from '@preact/signals'
import type { GetResponse } from '../jmap/types.ts'
import { current, hasCapability, openBatch, send } from './session.ts'

/** RFC 9425 §4.1, of octets. */
export interface Quota {
  id: string
  resourceType: 'count' | 'octets'
  used: number
  hardLimit: number
  name: string
}

export const QUOTA = 'urn:ietf:params:jmap:quota'
export const quota = signal<Quota | undefined>(undefined)

export async function loadQuota(): Promise<void> {
  if (!hasCapability(QUOTA)) return
  const batch = openBatch()
  const got = batch.call<GetResponse<Quota>>('Quota/get', { accountId: current().accountId, ids: null })
  await send(batch)
  quota.value = got.result().list.find(({ resourceType }) => resourceType === 'octets')
}
