import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { Dns } from '../ports/dns.ts'

/** What a stranger may not have us ask: addresses that are ours, our network's, or nobody's (RFC 6890 and the registries it began). */
const FORBIDDEN = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // where clouds keep credentials
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  FORBIDDEN.addSubnet(network, prefix, 'ipv4')
}
/** Of IPv6 only what is allotted to the world (2000::/3) is public, without what in it leads to IPv4 or is for books. */
const GLOBAL_IPV6 = new BlockList()
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  FORBIDDEN.addSubnet(network, prefix, 'ipv6')
}

/** What was found there. */
export interface RemoteFile {
  content: AsyncIterable<Uint8Array>
  contentType: string | undefined
}

const MAX_REDIRECTS = 3
const TIMEOUT_MS = 20_000

export class RemoteFetchError extends Error {
  override readonly name = 'RemoteFetchError'
}

export interface GuardedFetchOptions {
  dns: Dns
  /** Whether an address may be asked. */
  isAllowed?: (address: string) => boolean
  timeoutMs?: number
}

export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !FORBIDDEN.check(address, 'ipv4')
  return family === 6 && GLOBAL_IPV6.check(address, 'ipv6') && !FORBIDDEN.check(address, 'ipv6')
}

/**
 * GET of a URL that a stranger named. The name is looked up once and the connection goes to the very address that was checked, so that a second answer
 * of the DNS cannot lead it elsewhere; so for each redirect. Throws RemoteFetchError.
 */
export function guardedFetch({ dns, isAllowed = isPublicAddress, timeoutMs = TIMEOUT_MS }: GuardedFetchOptions) {
  return async (start: string, { maxOctets }: { maxOctets: number }): Promise<RemoteFile> => {
    const signal = AbortSignal.timeout(timeoutMs)
    let url = start
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const parsed = parse(url)
      const response = await ask(parsed, await addressOf(dns, parsed.hostname, isAllowed), signal)
      const { statusCode = 0, headers } = response
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        response.destroy()
        if (!URL.canParse(headers.location, parsed.href)) throw new RemoteFetchError('it redirects to no URL')
        url = new URL(headers.location, parsed).href
        continue
      }
      if (statusCode !== 200) {
        response.destroy()
        throw new RemoteFetchError(`it answers ${statusCode}`)
      }
      return { content: atMost(response, maxOctets), contentType: headers['content-type'] }
    }
    throw new RemoteFetchError(`it redirects more than ${MAX_REDIRECTS} times`)
  }
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) {
    throw new RemoteFetchError('it is no http or https URL')
  }
  return parsed
}

export async function addressOf(dns: Dns, hostname: string, isAllowed: (address: string) => boolean): Promise<string> {
  const literal = hostname.replace(/^\[|\]$/g, '')
  const addresses =
    isIP(literal) === 0 ? [...(await dns.resolve(hostname, 'A')), ...(await dns.resolve(hostname, 'AAAA'))] : [literal]
  const [address] = addresses
  if (address === undefined) throw new RemoteFetchError('its host has no address')
  if (!addresses.every(isAllowed)) throw new RemoteFetchError('its host is not public')
  return address
}

function ask(url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? httpsGet : httpGet
    const lookup = (_name: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) => {
      const family = isIP(address)
      if (options.all) done(null, [{ address, family }])
      else done(null, address, family)
    }
    get(url, { lookup: lookup as never, signal, agent: false }, resolve).on('error', (error) =>
      reject(new RemoteFetchError(`it cannot be read (${error.message})`, { cause: error })),
    )
  })
}

async function* atMost(response: IncomingMessage, maxOctets: number): AsyncGenerator<Uint8Array> {
  let octets = 0
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      octets += chunk.length
      if (octets > maxOctets) throw new RemoteFetchError(`it is larger than ${maxOctets} octets`)
      yield chunk
    }
  } catch (error) {
    if (error instanceof RemoteFetchError) throw error
    throw new RemoteFetchError(`it ends early (${(error as Error).message})`, { cause: error })
  }
}
