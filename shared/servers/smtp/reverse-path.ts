import { type Address, formatAddress } from '../../codec/smtp/address.ts'

/** As MAIL has it between its angle brackets (RFC 5321 §4.1.2): `''` is the null one. */
export function formatReversePath(reversePath: Address | undefined): string {
  return reversePath === undefined ? '' : formatAddress(reversePath)
}
