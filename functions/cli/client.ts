/** The HTTP API, as the command line calls it. */

/** The server's refusal, in its own words. */
export class ApiCallError extends Error {
  override readonly name = 'ApiCallError'
  readonly statusCode: number
  readonly errorName: string

  constructor(statusCode: number, errorName: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.errorName = errorName
  }
}

/** Nobody is there, or the connection broke. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

export type Fields = Record<string, unknown>

export interface Client {
  /** Throws ApiCallError. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: Fields): Promise<Fields>
  /** POST of octets as they come. Throws ApiCallError. */
  send(path: string, type: string, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Fields>
  /** GET of octets as they come. Throws ApiCallError. */
  receive(path: string): Promise<AsyncIterable<Uint8Array>>
  /** A list with all its pages. */
  list(path: string): Promise<Fields[]>
}

const PAGE = 100

export function makeClient({ url, key, tenant }: { url: string; key: string; tenant: string | undefined }): Client {
  const base = url.replace(/\/+$/, '')
  const credentials = {
    authorization: `Bearer ${key}`,
    ...(tenant !== undefined && { 'tubepost-tenant': tenant }),
  }
  const client: Client = {
    async call(method, path, body) {
      const response = await request(`${base}${path}`, {
        method,
        headers: {
          ...credentials,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return answerOf(response, base)
    },
    async send(path, type, body) {
      const headers = { ...credentials, 'content-type': type }
      const stream = ReadableStream.from(body) as ReadableStream
      const init: RequestInit = { method: 'POST', headers, body: stream, duplex: 'half' }
      return answerOf(await request(`${base}${path}`, init), base)
    },
    async receive(path) {
      const response = await request(`${base}${path}`, { headers: credentials })
      if (response.ok && response.body !== null) return response.body
      await answerOf(response, base)
      throw new Error(`${base} answers nothing`)
    },
    async list(path) {
      const all: Fields[] = []
      for (;;) {
        const last = all.at(-1)?.['id']
        const after = last === undefined ? '' : `&after=${encodeURIComponent(String(last))}`
        const page = await client.call('GET', `${path}?limit=${PAGE}${after}`)
        all.push(...(page['data'] as Fields[]))
        if (page['has_more'] !== true) return all
      }
    },
  }
  return client
}

/** Whether a call failed for want of time, or on its way, and may do better later. */
export function mayBeRepeated(error: unknown): boolean {
  if (error instanceof ApiCallError) return error.statusCode === 429 || error.statusCode >= 500
  return error instanceof NoAnswerError
}

async function answerOf(response: Response, base: string): Promise<Fields> {
  const answer = await readJson(response, base)
  if (response.ok) return answer
  throw new ApiCallError(response.status, String(answer['name']), String(answer['message']))
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const { cause, message } = error as Error
    const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message
    throw new NoAnswerError(`${new URL(url).origin} does not answer: ${why}`, { cause: error })
  }
}

async function readJson(response: Response, base: string): Promise<Fields> {
  try {
    return (await response.json()) as Fields
  } catch (error) {
    throw new Error(`${base} answers ${response.status} and no JSON: is it Tubepost's API?`, { cause: error })
  }
}
