/** Links to an object that anybody can read for a while: the HTTP server gives the octets to whoever brings an intact one. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface BlobLink {
  name: string
  filename: string
  contentType: string
}

export interface BlobLinks {
  /** Path and query, for `expires` in seconds since 1970. */
  sign(link: BlobLink, expires: number): string
  /** What the link opens; undefined where it is not ours, was changed, or its time is over. */
  verify(url: URL): BlobLink | undefined
}

const PATH = '/blobs/'

/** A key of the process's own: a link ends with it at the latest. */
export function newLinkKey(): Uint8Array {
  return randomBytes(32)
}

/** `now` in milliseconds since 1970. */
export function blobLinks(key: Uint8Array, now: () => number): BlobLinks {
  function signature(link: BlobLink, expires: string): Buffer {
    const signed = JSON.stringify([link.name, link.filename, link.contentType, expires])
    return createHmac('sha256', key).update(signed).digest()
  }

  return {
    sign(link, expires) {
      const query = new URLSearchParams({
        expires: String(expires),
        filename: link.filename,
        type: link.contentType,
        signature: signature(link, String(expires)).toString('base64url'),
      })
      return `${PATH}${link.name.split('/').map(encodeURIComponent).join('/')}?${query}`
    },

    verify(url) {
      if (!url.pathname.startsWith(PATH)) return undefined
      const value = (name: string) => url.searchParams.get(name) ?? ''
      const name = decodePath(url.pathname.slice(PATH.length))
      if (name === undefined) return undefined
      const link = { name, filename: value('filename'), contentType: value('type') }
      const given = Buffer.from(value('signature'), 'base64url')
      const expected = signature(link, value('expires'))
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
      return Number(value('expires')) * 1000 > now() ? link : undefined
    },
  }
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return undefined // no link of ours
    throw error
  }
}
