import type { Context } from 'hono'
import type { ContentId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import type { ApiEnv } from './api.ts'
import { ApiError, apiErrorOf } from './api-error.ts'

const MAX_KEY = 256

/**
 * Carries a call out once for its `Idempotency-Key`: a repeat with the same body reads the first answer, for a day. `carryOut` gets the id of what
 * it makes, which is the same when a call that was cut off is taken up again.
 */
export async function idempotent<T>(
  c: Context<ApiEnv>,
  { idempotency, engine }: TenantStore,
  carryOut: (id: ContentId) => Promise<T>,
): Promise<T> {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return carryOut(engine.ids.content())
  if (key === '' || key.length > MAX_KEY) {
    throw new ApiError(400, 'invalid_idempotency_key', `The key has to be of 1 to ${MAX_KEY} characters`)
  }
  const scoped = `${c.req.path} ${key}`
  const begun = await idempotency.begin(scoped, await c.req.text())
  switch (begun.kind) {
    case 'another-body':
      throw new ApiError(
        409,
        'invalid_idempotent_request',
        'Same idempotency key used with a different request payload',
      )
    case 'under-way':
      throw new ApiError(
        409,
        'concurrent_idempotent_requests',
        'Same idempotency key used while the original request is still in progress',
      )
    case 'done':
      return JSON.parse(begun.answer) as T
  }
  try {
    const answer = await carryOut(begun.id)
    await idempotency.finish(scoped, JSON.stringify(answer))
    return answer
  } catch (error) {
    // Refused: nothing came of it. After anything else nobody knows, so the key stays with what it may have made.
    if (apiErrorOf(error).statusCode < 500) await idempotency.abandon(scoped)
    throw error
  }
}
