/** Rspamd over HTTP (https://rspamd.com/doc/architecture/protocol.html): its normal worker, or its proxy. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BlobSource } from '../../ports/blobs.ts'
import type { ScanAction, Scanner, ScanVerdict } from '../../ports/scanner.ts'

export interface RspamdOptions {
  /** Of the worker; `/checkv2` is put behind it. */
  url: string
  /** For the whole exchange. */
  limitMs?: number
}

type Scan = Parameters<Scanner['scan']>[1]

const LIMIT_MS = 10_000
const MOST_ANSWER_OCTETS = 1024 * 1024
/** It is told of so many; its verdict is on the message. */
const MOST_RECIPIENTS = 50

/** `greylist` is its advice to greylist, which is for the tenant to say; `rewrite subject` would change what was signed. */
const ACTIONS: Readonly<Record<string, ScanAction>> = {
  __proto__: null as never,
  'no action': 'accept',
  greylist: 'accept',
  'add header': 'junk',
  'rewrite subject': 'junk',
  quarantine: 'junk',
  'soft reject': 'put-off',
  reject: 'reject',
  discard: 'reject',
}

export function rspamdScanner({ url, limitMs = LIMIT_MS }: RspamdOptions): Scanner {
  const target = new URL(url)
  target.pathname = `${target.pathname.replace(/\/$/, '')}/checkv2`
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest
  return {
    async scan(source, scan) {
      const signal = AbortSignal.timeout(limitMs)
      const asked = request(target, { method: 'POST', headers: headersOf(source, scan), signal })
      const answer = await exchange(asked, source)
      return verdictOf(answer)
    },
  }
}

function headersOf(source: BlobSource, { reversePath, remoteAddress, helo, hostName, recipients }: Scan) {
  return {
    'Content-Length': source.length,
    From: headerText(reversePath),
    IP: remoteAddress,
    Helo: headerText(helo),
    'MTA-Name': hostName,
    Rcpt: recipients.slice(0, MOST_RECIPIENTS).map(headerText),
  }
}

/** A header of HTTP carries octets; what would end it is left out. */
function headerText(text: string): string {
  return Buffer.from(text.replace(/[\0-\x1f\x7f]/g, ''), 'utf8').toString('latin1')
}

async function exchange(asked: ClientRequest, source: BlobSource): Promise<string> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve)
    asked.once('error', reject)
  })
  const sent = pipeline(Readable.from(source.open(), { objectMode: false }), asked)
  // An answer may come before all is sent, and then what is not sent does not matter.
  sent.catch(() => undefined)
  const response = await answered
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    octets += chunk.length
    if (octets > MOST_ANSWER_OCTETS) {
      asked.destroy()
      throw new Error('rspamd says too much')
    }
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (response.statusCode !== 200) throw new Error(`rspamd answers ${response.statusCode}: ${text.slice(0, 200)}`)
  return text
}

function verdictOf(answer: string): ScanVerdict {
  const parsed: unknown = JSON.parse(answer)
  const { action, score, required_score: required } = (parsed ?? {}) as Record<string, unknown>
  const known = typeof action === 'string' ? ACTIONS[action] : undefined
  if (known === undefined || typeof score !== 'number') throw new Error(`rspamd answers ${answer.slice(0, 200)}`)
  return { action: known, score, required: typeof required === 'number' ? required : 0 }
}
