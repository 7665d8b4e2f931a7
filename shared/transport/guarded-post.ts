import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isWebhookUrl } from '../mailbox/webhook-endpoint.ts'
import type { Dns } from '../ports/dns.ts'
import type { PostRemote } from '../ports/post-remote.ts'
import { addressOf, isPublicAddress, RemoteFetchError } from './guarded-fetch.ts'
import { isLoopback } from './loopback.ts'

export interface GuardedPostOptions {
  dns: Dns
  /** This machine itself may be asked, and without TLS: for who tries things out. */
  loopback: boolean
}

/**
 * POST to a URL that a stranger named. The name is looked up once and the connection goes to the very address that was checked, so that a second answer of
 * the DNS cannot lead it elsewhere; redirects are answers like any other.
 */
export function guardedPost({ dns, loopback }: GuardedPostOptions): PostRemote {
  const isAllowed = (address: string) => isPublicAddress(address) || (loopback && isLoopback(address))
  return async (url, { headers, body, timeoutMs, maxOctets }) => {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      if (!isWebhookUrl(url, loopback)) throw new RemoteFetchError('it is no https URL')
      const parsed = new URL(url)
      const address = await within(signal, addressFor(dns, parsed.hostname, isAllowed))
      if (parsed.protocol === 'http:' && !isLoopback(address)) throw new RemoteFetchError('it is no https URL')
      return await post(parsed, address, { headers, body, signal, maxOctets })
    } catch (error) {
      if (signal.aborted) return { status: 0, response: `no answer within ${timeoutMs} ms` }
      return { status: 0, response: (error as Error).message }
    }
  }
}

async function addressFor(dns: Dns, hostname: string, isAllowed: (address: string) => boolean): Promise<string> {
  // No name server has to know it (RFC 6761 §6.3).
  if (hostname === 'localhost' && isAllowed('127.0.0.1')) return '127.0.0.1'
  return addressOf(dns, hostname, isAllowed)
}

interface Posted {
  headers: Record<string, string>
  body: string
  signal: AbortSignal
  maxOctets: number
}

function post(url: URL, address: string, { headers, body, signal, maxOctets }: Posted) {
  return new Promise<{ status: number; response: string }>((resolve, reject) => {
    const family = address.includes(':') ? 6 : 4
    const lookup = (_name: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) => {
      if (options.all) done(null, [{ address, family }])
      else done(null, address, family)
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const length = Buffer.byteLength(body)
    const options = { method: 'POST', lookup: lookup as never, signal, agent: false }
    send(url, { ...options, headers: { ...headers, 'content-length': length } }, (response) => {
      beginningOf(response, maxOctets).then((text) => {
        resolve({ status: response.statusCode ?? 0, response: text })
      }, reject)
    })
      .on('error', reject)
      .end(body)
  })
}

/** Enough for people to see what is wrong; the rest is not read. */
async function beginningOf(response: IncomingMessage, maxOctets: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    octets += chunk.length
    if (octets >= maxOctets) break // which ends the connection
  }
  const text = Buffer.concat(chunks).subarray(0, maxOctets).toString('utf8')
  return [...text].filter((character) => character >= ' ' || character === '\n').join('')
}

async function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort!)
  }
}
