import type { Call } from './method.ts'

/** Core/echo (RFC 8620 §4). */
export function echo(_call: Call, args: Record<string, unknown>): Record<string, unknown> {
  return args
}
