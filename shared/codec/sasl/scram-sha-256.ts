import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ParseError } from '../parse-error.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { decodeText } from './text.ts'

/** What is kept of a password for SCRAM (RFC 5802 §3); the password cannot be told from it. */
export interface ScramKeys {
  salt: Uint8Array
  iterations: number
  storedKey: Uint8Array
  serverKey: Uint8Array
}

export interface ScramFirst {
  authenticationId: string
  /** '' is the same as `authenticationId`. */
  authorizationId: string
  /** The client's message without its GS2 header. */
  bare: string
  gs2Header: string
  clientNonce: string
}

const MAX_NONCE = 512

/**
 * SCRAM-SHA-256 (RFC 5802, 7677) without channel binding, in two steps: the client's first message, from which the account is looked up;
 * then, with its keys (made-up ones where there is no such account, so that the answer does not tell), the proof.
 */
export function parseScramFirst(message: Uint8Array): ScramFirst {
  const text = decodeText(message)
  // gs2-header: cbind-flag "," [authzid] ","
  const [flag = '', authzid = '', ...rest] = text.split(',')
  // "y": the client could bind and thinks that we cannot, which is so; "p=…" asks for a binding that -PLUS alone has (RFC 5802 §6).
  if (flag !== 'n' && flag !== 'y') throw new ParseError('channel binding is not offered')
  if (authzid !== '' && !authzid.startsWith('a=')) throw new ParseError('no authorization identity')
  const [user = '', nonce = ''] = rest
  // "m=" comes first where a client insists on an extension: none is known, so it must fail (§5.1).
  if (!user.startsWith('n=') || !nonce.startsWith('r=')) throw new ParseError('no first message of SCRAM')
  const clientNonce = nonce.slice(2)
  if (!isNonce(clientNonce)) throw new ParseError('no nonce')
  const authenticationId = decodeName(user.slice(2))
  if (authenticationId === '') throw new ParseError('no name')
  return {
    authenticationId,
    authorizationId: decodeName(authzid.slice(2)),
    bare: rest.join(','),
    gs2Header: `${flag},${authzid},`,
    clientNonce,
  }
}

/** `serverNonce` is printable ASCII without commas that nobody can guess. */
export function scramServerFirst(first: ScramFirst, keys: ScramKeys, serverNonce: string): string {
  return `r=${first.clientNonce}${serverNonce},s=${encodeBase64(keys.salt)},i=${keys.iterations}`
}

/** Whether the client's final message proves that it knows the password; if so, our own proof to send. Throws ParseError. */
export function verifyScramFinal(
  first: ScramFirst,
  keys: ScramKeys,
  serverFirst: string,
  message: Uint8Array,
): { serverFinal: string } | 'wrong' {
  const text = decodeText(message)
  const proofAt = text.lastIndexOf(',p=')
  if (proofAt < 0) throw new ParseError('no proof')
  const [binding = '', nonce = ''] = text.slice(0, proofAt).split(',')
  const proof = decodeBase64(text.slice(proofAt + ',p='.length))
  if (!binding.startsWith('c=') || proof.length !== keys.storedKey.length)
    throw new ParseError('no final message of SCRAM')
  if (binding.slice(2) !== encodeBase64(first.gs2Header)) return 'wrong'
  if (nonce !== serverFirst.slice(0, serverFirst.indexOf(','))) return 'wrong'

  const authMessage = `${first.bare},${serverFirst},${text.slice(0, proofAt)}`
  const signature = hmac(keys.storedKey, authMessage)
  const clientKey = proof.map((octet, index) => octet ^ signature[index]!)
  if (!timingSafeEqual(createHash('sha256').update(clientKey).digest(), keys.storedKey)) return 'wrong'
  return { serverFinal: `v=${encodeBase64(hmac(keys.serverKey, authMessage))}` }
}

/** saslname: "=2C" is a comma and "=3D" an equals sign, and no other "=" may be there (RFC 5802 §5.1). */
function decodeName(text: string): string {
  if (text.replaceAll('=2C', '').replaceAll('=3D', '').includes('=')) throw new ParseError('no name')
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function isNonce(text: string): boolean {
  if (text === '' || text.length > MAX_NONCE) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x21 || code > 0x7e || code === 0x2c) return false
  }
  return true
}

function hmac(key: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest()
}
