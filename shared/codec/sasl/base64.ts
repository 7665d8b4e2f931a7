import { ParseError } from '../parse-error.ts'

/** Strict base64 (RFC 4648 §4, as RFC 4954 §4 asks): whole groups, padding only at the end, no other characters, no stray bits. */
export function decodeBase64(text: string): Uint8Array {
  const octets = Buffer.from(text, 'base64')
  // Node skips what it does not know; what comes out the same again had nothing to skip.
  if (octets.toString('base64') !== text) throw new ParseError('no base64')
  return octets
}

export function encodeBase64(octets: Uint8Array | string): string {
  return Buffer.from(octets as Uint8Array).toString('base64')
}
