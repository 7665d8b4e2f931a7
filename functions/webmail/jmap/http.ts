import { Failure } from './failure.ts'

const TIMEOUT_MS = 30_000

/** fetch whose every failure is a `Failure`; the answer's status is 2xx. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  const signal = init.signal ? AbortSignal.any([deadline, init.signal]) : deadline
  let response: Response
  try {
    response = await fetch(url, { ...init, signal, credentials: 'same-origin' })
  } catch (error) {
    if (init.signal?.aborted) throw error
    const late = deadline.aborted
    throw new Failure('offline', late ? 'The server did not answer in time.' : 'The server cannot be reached.')
  }
  if (response.ok) return response
  throw await failureOf(response)
}

async function failureOf(response: Response): Promise<Failure> {
  if (response.status === 401) return new Failure('signed-out', 'Please sign in again.')
  const problem = await response.json().catch(() => ({}))
  // RFC 7807's detail from JMAP, `message` from the rest of the API.
  const said: string | undefined = problem.detail ?? problem.message
  if (response.status === 429) return new Failure('busy', 'Too many requests. Please wait a moment.')
  if (response.status === 413) return new Failure('refused', 'This is larger than the server takes.', 'tooLarge')
  if (response.status >= 500) return new Failure('busy', 'The server has a problem. Please try again.')
  return new Failure('refused', said ?? `The server refused it (${response.status}).`, problem.type ?? problem.name)
}

export async function requestJson<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await request(url, init)
  return (await response.json()) as T
}

export function postJson<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return requestJson<T>(url, { method: 'POST', headers, body: JSON.stringify(body) })
}
