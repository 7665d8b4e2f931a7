import type { ClientSettings } from '../../codec/autoconfig/client-settings.ts'
import { ParseError } from '../../codec/parse-error.ts'
import { normaliseDomain, parseAddress } from '../../codec/smtp/address.ts'
import { WELL_KNOWN_PORTS } from '../../settings.ts'
import type { Directory } from '../../store/directory.ts'
import type { MailHost } from './domain-records.ts'

/**
 * What mail programs are told for an address, or for a domain alone. Undefined where the domain is none of ours or not verified; whether there is such
 * an account nobody learns.
 */
export async function clientSettings(
  directory: Directory,
  { hostName, ports = WELL_KNOWN_PORTS }: MailHost,
  addressOrDomain: string,
): Promise<ClientSettings | undefined> {
  const named = read(addressOrDomain)
  if (named === undefined || !(await directory.domain(named.domain))?.verified) return undefined
  return { ...named, hostName, ports }
}

/** RFC 8461 §3.2: who delivers to the domain is to find this host behind its MX, with a certificate that is right. */
export async function mtaStsPolicy(
  directory: Directory,
  { hostName, mtaSts = 'testing' }: MailHost,
  domain: string,
): Promise<string | undefined> {
  if ((await clientSettings(directory, { hostName, spf: '', returnPathHost: '' }, domain)) === undefined)
    return undefined
  const lines = ['version: STSv1', `mode: ${mtaSts}`, `mx: ${hostName}`, `max_age: ${MTA_STS_MAX_AGE_SECONDS}`]
  return `${lines.join('\r\n')}\r\n`
}

/** Weeks, as RFC 8461 §3.2 has it, but not so many that a change takes months. */
const MTA_STS_MAX_AGE_SECONDS = 14 * 24 * 60 * 60

function read(text: string): { address: string | undefined; domain: string } | undefined {
  try {
    if (!text.includes('@')) return { address: undefined, domain: normaliseDomain(text) }
    const { localPart, domain } = parseAddress(text)
    return { address: `${localPart}@${domain}`, domain }
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
