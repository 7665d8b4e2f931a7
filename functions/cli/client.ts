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

export type Fields = Record<string, unknown>

export interface Client {
  /** Throws ApiCallError. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: Fields): Promise<Fields>
  /** A list with all its pages. */
  list(path: string): Promise<Fields[]>
}

const PAGE = 100

export function makeClient({ url, key, tenant }: { url: string; key: string; tenant: string | undefined }): Client {
  const base = url.replace(/\/+$/, '')
  const client: Client = {
    async call(method, path, body) {
      const response = await request(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(tenant !== undefined && { 'tubepost-tenant': tenant }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const answer = await readJson(response, base)
      if (response.ok) return answer
      throw new ApiCallError(response.status, String(answer['name']), String(answer['message']))
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

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const { cause, message } = error as Error
    const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message
    throw new Error(`${new URL(url).origin} does not answer: ${why}`, { cause: error })
  }
}

async function readJson(response: Response, base: string): Promise<Fields> {
  try {
    return (await response.json()) as Fields
  } catch (error) {
    throw new Error(`${base} answers ${response.status} and no JSON: is it Tubepost's API?`, { cause: error })
  }
}
