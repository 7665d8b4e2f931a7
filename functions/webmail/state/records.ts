/** Objects that a person keeps by JMAP's standard methods (RFC 8620 §5): read whole, changed one at a time. */
import { refusal } from '../jmap/failure.ts'
import type { GetResponse, SetResponse } from '../jmap/types.ts'
import { current, openBatch, send } from './session.ts'

export async function getRecords<T>(type: string): Promise<T[]> {
  const batch = openBatch()
  const got = batch.call<GetResponse<T>>(`${type}/get`, { accountId: current().accountId, ids: null })
  await send(batch)
  return got.result().list
}

/** What the change made and what there is after it. Throws `Failure` where any of it was refused. */
export async function setRecords<T>(
  type: string,
  change: { create?: object; update?: object; destroy?: readonly string[] },
): Promise<{ list: T[]; created: NonNullable<SetResponse['created']> }> {
  const batch = openBatch()
  const { accountId } = current()
  const done = batch.call<SetResponse>(`${type}/set`, { accountId, ...change })
  const got = batch.call<GetResponse<T>>(`${type}/get`, { accountId, ids: null })
  await send(batch)
  const { created, notCreated, notUpdated, notDestroyed } = done.result()
  const error = [notCreated, notUpdated, notDestroyed].flatMap((each) => Object.values(each ?? {}))[0]
  if (error) throw refusal(error)
  return { list: got.result().list, created: created ?? {} }
}
