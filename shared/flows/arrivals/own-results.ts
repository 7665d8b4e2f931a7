import { parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { readResults } from '../../codec/mime/read-results.ts'

const TRACE_FIELDS = new Set(['delivered-to', 'return-path', 'received', 'authentication-results'])

export interface OwnResults {
  /** The field's value, for an ARC set (RFC 8617 §4.1.1). */
  value: string
  /** Method -> result, in lower case. */
  results: ReadonlyMap<string, string>
}

/**
 * What we said of the sender when the message came in. It stands in the trace that we put before what came, before any field that is not of a
 * trace; fields further down are others' words. Undefined where nothing was checked.
 */
export function ownResults(header: Uint8Array, hostName: string): OwnResults | undefined {
  for (const field of parseHeader(header)) {
    const name = field.name.toLowerCase()
    if (!TRACE_FIELDS.has(name)) return undefined
    if (name !== 'authentication-results') continue
    const value = unfoldedValue(header, field)
    if (value.split(';', 1)[0]!.trim().toLowerCase() === hostName.toLowerCase())
      return { value, results: readResults(value) }
  }
  return undefined
}
