import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'

type Checked = { success: true; data: unknown } | { success: false; data?: unknown; error: z.ZodError; target: string }

/** The hook of the schema library: the first thing wrong with a request, in the API's words. */
export function refuseInvalid(result: Checked, _c?: Context): void {
  if (result.success) return
  const issue = result.error.issues[0]
  const path = issue?.path ?? []
  const field = path.join('.')
  if (result.target !== 'json') {
    throw new ApiError(422, 'invalid_parameter', `The \`${field}\` parameter is invalid: ${describe(issue)}`)
  }
  if (path.length > 0 && valueAt(result.data, path) === undefined) {
    throw new ApiError(422, 'missing_required_field', `Missing \`${field}\` field.`)
  }
  const what = path.length > 0 ? `The \`${field}\` field is invalid` : 'The body is invalid'
  throw new ApiError(400, 'validation_error', `${what}: ${describe(issue)}`)
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  return issue === undefined ? 'it does not fit.' : `${issue.message.replace(/\.$/, '')}.`
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    data,
  )
}
