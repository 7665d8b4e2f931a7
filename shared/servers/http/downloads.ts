import type { Api } from './api.ts'
import { ApiError } from './api-error.ts'
import type { HttpServices } from './services.ts'

/** What the engine's presigned links lead to, where they lead here: octets for whoever has the link, as an attachment. */
export function downloads(api: Api, { store, verifyLink }: HttpServices): void {
  if (verifyLink === undefined) return
  api.get('/blobs/*', async (c) => {
    const link = verifyLink(new URL(c.req.url))
    const blob = link && (await store.engine.blobs.get(link.name))
    if (link === undefined || blob === undefined)
      throw new ApiError(404, 'not_found', 'The link is over, or was never one')
    return new Response(ReadableStream.from(blob.content), {
      headers: {
        'content-type': link.contentType,
        'content-length': String(blob.length),
        'content-disposition': disposition(link.filename),
        // What a stranger sent must not become a page of ours.
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      },
    })
  })
}

/** RFC 6266 §4.3, with RFC 8187's form of what is not ASCII. */
export function disposition(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\]/g, '_')
  const extended = encodeURIComponent(filename).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`
}
