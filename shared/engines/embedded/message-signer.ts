import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createSeal, dkimSign } from 'mailauth'
import { log } from '../../log.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { RelayMessage } from '../../ports/relay.ts'

/**
 * What a signature is about, where it is there: what RFC 6376 §5.4.1 names, and List-Unsubscribe-Post, without which nobody offers to unsubscribe
 * by one click (RFC 8058 §4).
 */
const SIGNED_FIELDS = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'In-Reply-To', 'References'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding', 'Content-ID', 'Content-Description'],
  ...['Resent-Date', 'Resent-From', 'Resent-Sender', 'Resent-To', 'Resent-Cc', 'Resent-Message-ID'],
  ...['List-Id', 'List-Help', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Subscribe', 'List-Post', 'List-Owner'],
  ...['List-Archive', 'Auto-Submitted', 'BIMI-Selector'],
]
/** Against replays of a signed message; a message waits two days at most, and is read soon after. */
const VALID_MS = 10 * 24 * 60 * 60 * 1000

/**
 * The message as it leaves: with a DKIM signature by each key of its domain (RFC 6376, 8463), or, where it is passed on for somebody else, an ARC
 * set that keeps what we found when it came (RFC 8617). Reads the message once for that; the octets that came stay as they are. What cannot be
 * signed goes unsigned.
 */
export async function signed({ id, tenant, content, signing }: RelayMessage, nowMs: number): Promise<BlobSource> {
  if (signing === undefined || signing.keys.length === 0) return content
  const input = Readable.from(content.open(), { objectMode: false })
  const fields =
    signing.seal === undefined ? await dkim(input, signing, nowMs) : await arc(input, signing, signing.seal, nowMs)
  for (const { err } of fields.errors)
    log.warn('not-signed', { tenant, content: id, domain: signing.domain, error: err })
  if (fields.text === '') return content
  return prefixed(Buffer.from(fields.text), content)
}

type Signing = NonNullable<RelayMessage['signing']>

interface Fields {
  /** Each with its CR LF. */
  text: string
  errors: readonly { err: Error }[]
}

async function dkim(input: Readable, { domain, keys }: Signing, nowMs: number): Promise<Fields> {
  const signatureData = keys.map(({ selector, privateKey }) => ({ signingDomain: domain, selector, privateKey }))
  const { signatures, errors } = await dkimSign(input, {
    ...signatureData[0]!,
    canonicalization: 'relaxed/relaxed',
    signTime: new Date(nowMs),
    expires: new Date(nowMs + VALID_MS),
    headerList: SIGNED_FIELDS,
    signatureData,
  })
  return { text: signatures, errors }
}

/** One key: a chain has one seal for each hop. */
async function arc(
  input: Readable,
  { domain, keys }: Signing,
  { results, chain }: NonNullable<Signing['seal']>,
  nowMs: number,
): Promise<Fields> {
  const { selector, privateKey } = keys[0]!
  const signTime = new Date(nowMs)
  // A line for each result: many of them make one that is longer than RFC 5322 §2.1.1 lets it be, which servers refuse.
  const authResults = results.split(/;[ \t]+/).join(';\r\n\t')
  const seal = { signingDomain: domain, selector, privateKey, authResults, cv: chain, signTime }
  const { headers, errors } = await createSeal(input, { seal })
  return { text: headers.map((header) => `${header}\r\n`).join(''), errors }
}

/** A source that begins with `prefix`; reads the rest once more for the digest of the whole. */
async function prefixed(prefix: Uint8Array, source: BlobSource): Promise<BlobSource> {
  const hash = createHash('sha256').update(prefix)
  for await (const chunk of source.open()) hash.update(chunk)
  return {
    length: prefix.length + source.length,
    sha256: hash.digest('hex'),
    async *open() {
      yield prefix
      yield* source.open()
    },
  }
}
