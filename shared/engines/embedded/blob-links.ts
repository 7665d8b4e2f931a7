/** Links to an object that anybody can read, or put, for a while: the HTTP server does it for whoever brings an intact one. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface BlobLink {
  name: string
  filename: string
  contentType: string
}

/** What a link lets anybody put. */
export interface BlobUpload {
  name: string
  length: number
  sha256: string
}

export interface BlobLinks {
  /** Path and query, for `expires` in seconds since 1970. */
  sign(link: BlobLink, expires: number): string
  /** What the link opens; undefined where it is not ours, was changed, or its time is over. */
  verify(url: URL): BlobLink | undefined
  /** As `sign`, of a link to put the object. */
  signUpload(upload: BlobUpload, expires: number): string
  /** As `verify`, of a link to put an object. */
  verifyUpload(url: URL): BlobUpload | undefined
}

const PATH = '/blobs/'

/** A key of the process's own: a link ends with it at the latest. */
export function newLinkKey(): Uint8Array {
  return randomBytes(32)
}

/** `now` in milliseconds since 1970. */
export function blobLinks(key: Uint8Array, now: () => number): BlobLinks {
  const macOf = (said: readonly string[]) => createHmac('sha256', key).update(JSON.stringify(said)).digest()
  const signature = (link: BlobLink, expires: string) => macOf([link.name, link.filename, link.contentType, expires])
  // One word more than a link to read: neither is the other.
  const uploadSignature = (upload: BlobUpload, expires: string) =>
    macOf(['PUT', upload.name, String(upload.length), upload.sha256, expires])

  function opens(url: URL, expected: Buffer): boolean {
    const given = Buffer.from(url.searchParams.get('signature') ?? '', 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
    return Number(url.searchParams.get('expires')) * 1000 > now()
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
      return opens(url, signature(link, value('expires'))) ? link : undefined
    },

    signUpload(upload, expires) {
      const query = new URLSearchParams({
        expires: String(expires),
        length: String(upload.length),
        sha256: upload.sha256,
        signature: uploadSignature(upload, String(expires)).toString('base64url'),
      })
      return `${PATH}${upload.name.split('/').map(encodeURIComponent).join('/')}?${query}`
    },

    verifyUpload(url) {
      if (!url.pathname.startsWith(PATH)) return undefined
      const value = (name: string) => url.searchParams.get(name) ?? ''
      const name = decodePath(url.pathname.slice(PATH.length))
      if (name === undefined) return undefined
      const upload = { name, length: Number(value('length')), sha256: value('sha256') }
      return opens(url, uploadSignature(upload, value('expires'))) ? upload : undefined
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
