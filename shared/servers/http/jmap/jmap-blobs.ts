import type { Context } from 'hono'
import { tenantOf } from '../../../mailbox/ids.ts'
import type { SpoolWriter } from '../../../ports/spool.ts'
import type { Account } from '../../../store/accounts.ts'
import { type Blob, openBlob, uploadBlobId } from '../../jmap/blobs.ts'
import type { JmapServices } from '../../jmap/method.ts'
import { openCall } from '../../jmap/open-call.ts'
import { RequestError } from '../../jmap/request.ts'
import { jmapAccountId } from '../../jmap/session-object.ts'
import type { Api, ApiEnv } from '../api.ts'
import { atOnce } from '../at-once.ts'
import { disposition } from '../downloads.ts'
import type { HttpServices } from '../services.ts'
import { whoIsSignedIn } from '../signed-in.ts'

/** What Lambda answers has 6 MB in base64. */
const BUFFERED_OCTETS = 4 * 1024 * 1024
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(?:; ?charset="?[A-Za-z0-9_.:+-]+"?)?$/i

/** Upload and download of JMAP (RFC 8620 §6.1, §6.2), streamed both ways. */
export function jmapBlobs(api: Api, http: HttpServices, services: JmapServices): void {
  const { limits } = http
  const uploads = atOnce(limits.jmapConcurrentUploads)

  api.post('/jmap/upload/:accountId/', async (c) => {
    const { account } = await whoIsSignedIn(c, http)
    if (!isOwn(account, c.req.param('accountId'))) return problem(404, 'There is no such account.')
    const leave = uploads.enter(account.id)
    if (leave === undefined) return limitReached(429, 'Too many uploads at once.', 'maxConcurrentUpload')
    try {
      return await upload(c, services, account)
    } finally {
      leave()
    }
  })

  api.get('/jmap/download/:accountId/:blobId/:name', async (c) => {
    const { account } = await whoIsSignedIn(c, http)
    const { accountId, blobId, name } = c.req.param()
    const blob = isOwn(account, accountId) ? await openBlob(await openCall(services, account), blobId) : undefined
    if (blob === undefined) return problem(404, 'There is no such blob.')
    // An answer that has to be whole before it goes has no room for much.
    if (c.env.buffered && blob.mostOctets > BUFFERED_OCTETS) {
      if (blob.link === undefined) return problem(503, 'The blob is too large for this way.')
      return c.redirect(await blob.link(name, typeOf(c)), 302)
    }
    return download(c, blob, name)
  })
}

function isOwn(account: Account, id: string): boolean {
  return jmapAccountId(account.id) === id
}

async function upload(c: Context<ApiEnv>, { store, limits }: JmapServices, account: Account): Promise<Response> {
  const tooLarge = () => limitReached(413, `An upload has at most ${limits.messageOctets} octets.`, 'maxSizeUpload')
  const declared = Number(c.req.header('content-length') ?? 0)
  if (declared > limits.messageOctets) return tooLarge()
  const own = store.tenant(tenantOf(account.id))
  const held = await own.uploads.octets(account.id)
  if (held + declared > limits.jmapUploadsOctets) return problem(507, 'Too much was uploaded within a day.')
  const writer: SpoolWriter = store.engine.spool.create({ memoryOctets: limits.spoolMemoryOctets })
  try {
    let octets = 0
    if (c.req.raw.body !== null) {
      for await (const chunk of c.req.raw.body) {
        octets += chunk.length
        if (octets > limits.messageOctets) return tooLarge()
        if (held + octets > limits.jmapUploadsOctets) return problem(507, 'Too much was uploaded within a day.')
        await writer.write(chunk)
      }
    }
    const id = await own.uploads.put(account.id, await writer.finish())
    const type = c.req.header('content-type') ?? 'application/octet-stream'
    return Response.json(
      { accountId: jmapAccountId(account.id), blobId: uploadBlobId(id), type, size: octets },
      { status: 201 },
    )
  } finally {
    await writer.discard()
  }
}

/** A blob never changes: a browser need not ask again. What a stranger sent must not become a page of ours. */
async function download(c: Context<ApiEnv>, blob: Blob, name: string): Promise<Response> {
  const etag = `"${blob.blobId}"`
  const headers = new Headers({
    etag,
    'content-type': typeOf(c),
    'content-disposition': disposition(name),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, immutable, max-age=31536000',
    'accept-ranges': blob.sizeOctets === undefined ? 'none' : 'bytes',
  })
  if (namesTag(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  const size = blob.sizeOctets
  // Of another blob no range is wanted (RFC 9110 §13.1.5).
  const isSame = (c.req.header('if-range') ?? etag) === etag
  const range = size === undefined || !isSame ? undefined : rangeOf(c.req.header('range'), size)
  if (range === 'outside') {
    headers.set('content-range', `bytes */${size}`)
    return new Response(null, { status: 416, headers })
  }
  const { start, end } = range ?? { start: 0, end: size ?? Number.MAX_SAFE_INTEGER }
  if (size !== undefined) headers.set('content-length', String(end - start))
  if (range !== undefined) headers.set('content-range', `bytes ${start}-${end - 1}/${size}`)
  return new Response(ReadableStream.from(await begun(blob.read({ start, end }))), {
    status: range === undefined ? 200 : 206,
    headers,
  })
}

/** With the first octets in hand: that there are none is to be told by the answer's status, not by breaking it off. Throws what reading them threw. */
async function begun(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const chunks = content[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | undefined = await chunks.next()
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const next = first ?? (await chunks.next())
        first = undefined
        return next
      },
      return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
    }),
  }
}

/** What the client wants it to be called; octets, where that is no media type. */
function typeOf(c: Context<ApiEnv>): string {
  const type = c.req.query('type') ?? ''
  return MEDIA_TYPE.test(type) ? type : 'application/octet-stream'
}

/** RFC 9110 §13.1.2, which compares weakly. */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

/** One range (RFC 9110 §14.1.2); several, or what is no range of octets, are as good as none. `end` is exclusive. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | 'outside' | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '')
    return size === 0 || Number(last) === 0 ? 'outside' : { start: Math.max(0, size - Number(last)), end: size }
  const start = Number(first)
  if (start >= size) return 'outside'
  if (last !== '' && Number(last) < start) return undefined
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}

function limitReached(status: number, detail: string, limit: string): Response {
  return problemOf({ ...new RequestError('limit', detail, limit).toProblem(), status })
}

function problem(status: number, detail: string): Response {
  return problemOf({ type: 'about:blank', status, detail })
}

function problemOf(problem: Record<string, unknown>): Response {
  return new Response(JSON.stringify(problem), {
    status: problem['status'] as number,
    headers: { 'content-type': 'application/problem+json' },
  })
}
