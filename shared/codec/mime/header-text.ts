import { displayText } from './encoded-word.ts'
import { parseHeader, unfoldedValue } from './header.ts'

/** A header block as a person reads it: a line for each field, unfolded, its encoded words undone. */
export function headerText(octets: Uint8Array): string {
  return parseHeader(octets)
    .map((field) => `${field.name}: ${displayText(unfoldedValue(octets, field))}`)
    .join('\n')
}
