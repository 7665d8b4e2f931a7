/**
 * What keeps a content alive for one copy of it in one mailbox: 12 octets, the second the copy was made (which is its SAVEDATE, RFC 8514)
 * and 64 random bits. The delivery item holds it as text with the mailbox before it.
 */
import { accountOf, type MailboxId } from '../mailbox/ids.ts'

export const COPY_TOKEN_OCTETS = 12

export function makeCopyToken(nowMs: number, random: Uint8Array): Uint8Array {
  const token = Buffer.alloc(COPY_TOKEN_OCTETS)
  token.writeUInt32BE(Math.floor(nowMs / 1000))
  token.set(random.subarray(0, COPY_TOKEN_OCTETS - 4), 4)
  return token
}

/** Milliseconds since 1970. */
export function savedAt(token: Uint8Array): number {
  return Buffer.from(token.buffer, token.byteOffset, 4).readUInt32BE() * 1000
}

export function copyTokenText(mailbox: MailboxId, token: Uint8Array): string {
  return `${copyTokenPrefix(mailbox)}${Buffer.from(token.buffer, token.byteOffset, COPY_TOKEN_OCTETS).toString('base64url')}`
}

/** What the tokens of all copies in this mailbox begin with. */
export function copyTokenPrefix(mailbox: MailboxId): string {
  return `${mailbox.slice(accountOf(mailbox).length + 1)}.`
}

/** The mailbox's own id (without its account) and the token of a token's text. */
export function parseCopyToken(text: string): { mailbox: string; token: Uint8Array } {
  const dot = text.indexOf('.')
  return { mailbox: text.slice(0, dot), token: Buffer.from(text.slice(dot + 1), 'base64url') }
}
