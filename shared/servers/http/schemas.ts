/** What many routes have in common. */
import { z } from '@hono/zod-openapi'

export const errorSchema = z
  .object({ statusCode: z.number().int(), message: z.string(), name: z.string() })
  .openapi('Error')

/** A 2xx with this schema, and what every route may answer besides. */
export function answers<S extends 200 | 201 | 202, T extends z.ZodType>(status: S, schema: T, description: string) {
  return {
    [status]: { description, content: { 'application/json': { schema } } },
    default: { description: 'What went wrong', content: { 'application/json': { schema: errorSchema } } },
  } as Record<S, { description: string; content: { 'application/json': { schema: T } } }>
}

export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true as const, content: { 'application/json': { schema } } }
}

/** Octets: an id becomes part of a key, which has an end. */
const MAX_ID_OCTETS = 400

/** What something is called in a path or a query: an id, or an address. */
export const idText = z
  .string()
  .min(1)
  .refine((id) => Buffer.byteLength(id) <= MAX_ID_OCTETS, 'it is too long')
export const idParam = z.object({ id: idText })

export function deletedSchema<T extends string>(object: T) {
  return z.object({ object: z.literal(object), id: z.string(), deleted: z.literal(true) })
}

export function deleted<T extends string>(object: T, id: string) {
  return { object, id, deleted: true as const }
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

export const BEARER = [{ bearer: [] }]
