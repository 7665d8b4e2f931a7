/**
 * The sender rewriting scheme: a message that is forwarded leaves under an address of ours, so that SPF holds (RFC 7208 §11.5), and a report on
 * it finds its way back. `SRS0=<MAC>=<day>=<domain>=<local part>`; MAC and day are read in any case, as some servers fold local parts.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { ParseError } from '../codec/parse-error.ts'
import { type Address, formatAddress, parsePathAddress } from '../codec/smtp/address.ts'

const PREFIX = 'srs0='
const DAY_MS = 24 * 60 * 60 * 1000
/** Days go round after so many: two digits of base 32. */
const DAYS = 1024
/** Reports come within days; an address older than that is nobody's but a spammer's. */
const VALID_DAYS = 21
const MAC_OCTETS = 8

export function isSrs(localPart: string): boolean {
  return localPart.slice(0, PREFIX.length).toLowerCase() === PREFIX
}

/** The local part that stands for the reverse-path. */
export function formatSrs(secret: Uint8Array, { localPart, domain }: Address, nowMs: number): string {
  const rest = `${dayOf(nowMs).toString(32).padStart(2, '0')}=${domain}=${localPart}`
  return `SRS0=${macOf(secret, rest)}=${rest}`
}

/** The reverse-path that it stands for; undefined where it is none of ours, or too old. */
export function readSrs(secret: Uint8Array, localPart: string, nowMs: number): string | undefined {
  const [mac = '', day = '', domain = '', ...local] = localPart.slice(PREFIX.length).split('=')
  const original = local.join('=')
  const wanted = Buffer.from(macOf(secret, `${day}=${domain}=${original}`))
  const given = Buffer.from(mac.toLowerCase())
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  const age = (dayOf(nowMs) - Number.parseInt(day, 32) + DAYS) % DAYS
  if (!(age <= VALID_DAYS)) return undefined
  try {
    const address = formatAddress({ localPart: original, domain })
    parsePathAddress(address)
    return address
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) % DAYS
}

function macOf(secret: Uint8Array, rest: string): string {
  return createHmac('sha256', secret)
    .update(rest.toLowerCase())
    .digest('hex')
    .slice(0, 2 * MAC_OCTETS)
}
