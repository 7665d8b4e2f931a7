import { signal } from '@preact/signals'
import { Failure, refusal } from '../jmap/failure.ts'
import type { GetResponse, Identity, SetResponse } from '../jmap/types.ts'
import { accountSettings } from './account-settings.ts'
import { current, openBatch, send } from './session.ts'

export const identities = signal<readonly Identity[]>([])

/** Who the account may write as (RFC 8621 §6). */
export async function loadIdentities(): Promise<void> {
  const batch = openBatch()
  const got = batch.call<GetResponse<Identity>>('Identity/get', { accountId: current().accountId, ids: null })
  await send(batch)
  identities.value = got.result().list
}

export function identityById(id: string | undefined): Identity | undefined {
  const wanted = id ?? accountSettings.value.defaultIdentityId
  return identities.value.find((each) => each.id === wanted) ?? identities.value[0]
}

export async function changeIdentity(id: string, patch: Partial<Identity>): Promise<void> {
  const batch = openBatch()
  const { accountId } = current()
  const done = batch.call<SetResponse>('Identity/set', { accountId, update: { [id]: patch } })
  const got = batch.call<GetResponse<Identity>>('Identity/get', { accountId, ids: null })
  await send(batch)
  const error = done.result().notUpdated?.[id]
  if (error) throw refusal(error)
  identities.value = got.result().list
}

export function needIdentity(id: string | undefined): Identity {
  const found = identityById(id)
  if (found === undefined) throw new Failure('refused', 'This account has no address to send from.')
  return found
}
