/** The HTTP API as whoever the place is for: an administrator by the session's cookie, an operator by the key. */
import { Failure } from '../jmap/failure.ts'
import { noticeExpiry } from '../state/session.ts'
import { forgetOperatorKey, operatorKey } from './operator-key.ts'
import { place } from './place.ts'

export interface List<T> {
  data: T[]
  has_more: boolean
}

const TIMEOUT_MS = 60_000
const TRIES = 4
const WAIT_MS = 1_100

/** Throws `Failure`; `type` is the API's name of the error. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await fetchApi(method, path, body)).json()) as T
}

/** An answer that is no JSON. */
export async function callForBlob(path: string): Promise<Blob> {
  return (await fetchApi('GET', path)).blob()
}

/** Every element of a list, page by page. */
export async function callForAll<T>(path: string, idOf: (element: T) => string): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const { data, has_more } = await call<List<T>>('GET', pagePath(path, last === undefined ? undefined : idOf(last)))
    all.push(...data)
    if (!has_more || data.length === 0) return all
  }
}

export function pagePath(path: string, after: string | undefined, limit = 100): string {
  const from = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
  return `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${from}`
}

async function fetchApi(method: string, path: string, body?: unknown): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetchOnce(method, path, body)
    if (response.ok) return response
    // A page asks several things at once, and the API counts calls by the second.
    if (response.status !== 429 || tries === TRIES) throw await failureOf(response)
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
}

async function fetchOnce(method: string, path: string, body: unknown): Promise<Response> {
  const { as, tenant } = place.value
  const byKey = as === 'operator'
  const headers: Record<string, string> = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(byKey && { authorization: `Bearer ${operatorKey.value}` }),
    ...(tenant !== undefined && { 'tubepost-tenant': tenant }),
  }
  try {
    return await fetch(path, {
      method,
      headers,
      // What an operator does is done by the key alone.
      credentials: byKey ? 'omit' : 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  } catch {
    throw new Failure('offline', 'The server cannot be reached.')
  }
}

async function failureOf(response: Response): Promise<Failure> {
  const { name, message } = await response.json().catch(() => ({}))
  const text = typeof message === 'string' ? message : `The server refused it (${response.status}).`
  if (place.value.as === 'operator' && (name === 'invalid_api_key' || name === 'missing_api_key')) {
    forgetOperatorKey(true)
    return new Failure('refused', 'The operator’s key opens nothing here.', name)
  }
  if (response.status === 401 && name === 'unauthorized') {
    const failure = new Failure('signed-out', 'Please sign in again.', name)
    noticeExpiry(failure)
    return failure
  }
  const kind = response.status === 429 || response.status >= 500 ? 'busy' : 'refused'
  return new Failure(kind, text, name)
}
