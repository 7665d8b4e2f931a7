/** How addresses compare and what they share; their grammar is codec/smtp/address.ts. RFC 5321 calls an address a Mailbox, a word that here is IMAP's. */
export type { Address } from '../codec/smtp/address.ts'

/** What two spellings of one local part have in common: we compare without case, as every sender expects (RFC 5321 §2.4 leaves it to us). */
export function foldLocalPart(localPart: string): string {
  return localPart.normalize('NFC').toLowerCase()
}

/** `user+detail` also reaches `user` (RFC 5233); undefined where there is no detail. */
export function withoutDetail(localPart: string): string | undefined {
  const plus = localPart.indexOf('+')
  return plus > 0 ? localPart.slice(0, plus) : undefined
}
