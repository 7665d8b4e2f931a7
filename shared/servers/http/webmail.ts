/** The webmail's files, as its build made them: one page, what it loads, and the empty page that each message is shown in. */
import { gunzipSync } from 'node:zlib'
import type { Context } from 'hono'
import type { Api, ApiEnv } from './api.ts'
import { ApiError, answerError } from './api-error.ts'

/** A file by its path below `/`, except `page` and `frame`; contents are base64 of what is sent under that Content-Encoding. */
export type WebmailFiles = Readonly<Record<string, { type: string; br: string; gzip: string }>>

export interface Webmail {
  /** Asked for with the first request; what it throws is that request's error, and the next asks again. */
  files(): Promise<WebmailFiles>
  /** Where blobs come from beside this server: the bucket, where downloads lead there. */
  blobOrigins?: readonly string[]
}

interface File {
  type: string
  br: Uint8Array<ArrayBuffer>
  gzip: Uint8Array<ArrayBuffer>
}

/** An asset's name holds a digest of its content: it never changes. The pages that name them are asked for each time. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const EACH_TIME = 'no-cache'

export function webmail(api: Api, { files, blobOrigins = [] }: Webmail): void {
  let known: Promise<Map<string, File>> | undefined
  const all = () => {
    known ??= files().then(decoded)
    return known.catch((error: unknown) => {
      known = undefined
      throw error
    })
  }
  const from = ["'self'", ...blobOrigins].join(' ')
  const pagePolicy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${from} data: blob:`,
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    'trusted-types dompurify',
    "require-trusted-types-for 'script'",
  ].join('; ')
  api.get('/', async (c) => sendFile(c, (await all()).get('page'), { cache: EACH_TIME, policy: pagePolicy }))
  // A message can run nothing, send nothing and load nothing; its reader may ask for images alone. The page cleans it beforehand
  // (functions/webmail/safe/); this holds where that should fail.
  const framePolicy = (images: string) =>
    [
      "default-src 'none'",
      "style-src 'self' 'unsafe-inline'",
      `img-src ${from} data: ${images}`.trim(),
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    ].join('; ')
  api.get('/message-frame', async (c) =>
    sendFile(c, (await all()).get('frame'), { cache: EACH_TIME, policy: framePolicy('') }),
  )
  api.get('/message-frame/images', async (c) =>
    sendFile(c, (await all()).get('frame'), { cache: EACH_TIME, policy: framePolicy('https: http:') }),
  )
  api.get('/assets/:name', async (c) =>
    sendFile(c, (await all()).get(`assets/${c.req.param('name')}`), { cache: FOR_EVER, policy: "default-src 'none'" }),
  )
}

function decoded(files: WebmailFiles): Map<string, File> {
  return new Map(
    Object.entries(files).map(([name, { type, br, gzip }]) => [
      name,
      { type, br: Buffer.from(br, 'base64'), gzip: Buffer.from(gzip, 'base64') },
    ]),
  )
}

function sendFile(c: Context<ApiEnv>, file: File | undefined, { cache, policy }: { cache: string; policy: string }) {
  if (file === undefined) return answerError(new ApiError(404, 'not_found', 'The requested endpoint does not exist'), c)
  const encoding = encodingFor(c.req.header('accept-encoding') ?? '')
  const headers: Record<string, string> = {
    'content-type': file.type,
    'cache-control': cache,
    vary: 'accept-encoding',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  }
  if (encoding === undefined) return c.body(Uint8Array.from(gunzipSync(file.gzip)), 200, headers)
  return c.body(file[encoding], 200, { ...headers, 'content-encoding': encoding })
}

/** What the client takes (RFC 9110 §12.5.3), the smaller first; a coding with q=0 is one it does not take. */
function encodingFor(accepted: string): 'br' | 'gzip' | undefined {
  const codings = new Map(
    accepted.split(',').map((coding) => {
      const [name = '', ...parameters] = coding.split(';').map((piece) => piece.trim().toLowerCase())
      const q = parameters.find((parameter) => parameter.startsWith('q='))
      return [name, q === undefined ? 1 : Number(q.slice(2))] as const
    }),
  )
  return (['br', 'gzip'] as const).find((name) => (codings.get(name) ?? codings.get('*') ?? 0) > 0)
}
