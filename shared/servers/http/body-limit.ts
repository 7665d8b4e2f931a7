import type { MiddlewareHandler } from 'hono'
import { holdsHalfCharacters, isJsonWithin } from '../../codec/json-shape.ts'
import type { ApiEnv } from './api.ts'
import { ApiError } from './api-error.ts'

/** More than any request has: what is parsed takes many times the room of its text. */
const JSON_LIMITS = { levels: 200, values: 1_000_000 }

/**
 * Reads the body while holding it to a size, before anything parses it. All bodies in memory together have one budget, so that no number of
 * callers makes the process grow.
 */
export function bodyLimit(
  { httpBodyOctets, httpBodiesOctets }: { httpBodyOctets: number; httpBodiesOctets: number },
  requireSound: (json: Uint8Array) => void = requireSoundJson,
): MiddlewareHandler<ApiEnv> {
  let held = 0
  return async (c, next) => {
    const request = c.req.raw
    if (request.body === null) return next()
    const declared = c.req.header('content-length')
    if (declared !== undefined && Number(declared) > httpBodyOctets) throw tooLarge(httpBodyOctets)
    const notNow = () => new ApiError(503, 'application_error', 'Not now; try again.')
    if (held + Number(declared ?? 0) > httpBodiesOctets) throw notNow()
    // What has come counts, not what is announced: whoever announces much and sends it slowly would shut everybody else out.
    let share = 0
    try {
      const body = await readBody(request.body, httpBodyOctets, (octets) => {
        if (held + octets > httpBodiesOctets) throw notNow()
        share += octets
        held += octets
      })
      if (c.req.header('content-type')?.includes('json')) requireSound(body)
      c.req.raw = new Request(request.url, {
        method: request.method,
        headers: request.headers,
        ...(body.length > 0 && { body }),
      })
      await next()
    } finally {
      held -= share
    }
  }
}

function requireSoundJson(body: Uint8Array): void {
  if (!isJsonWithin(body, JSON_LIMITS)) {
    throw new ApiError(400, 'validation_error', 'The body is nested too deeply, or has too many values.')
  }
  // No message and no table could keep it.
  if (holdsHalfCharacters(body)) {
    throw new ApiError(400, 'validation_error', 'The body holds half of a character: a surrogate that stands alone.')
  }
}

async function readBody(
  body: ReadableStream<Uint8Array>,
  maxOctets: number,
  take: (octets: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of body) {
    octets += chunk.length
    if (octets > maxOctets) throw tooLarge(maxOctets)
    take(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(maxOctets: number): ApiError {
  return new ApiError(413, 'validation_error', `The request is larger than ${maxOctets} octets.`)
}
