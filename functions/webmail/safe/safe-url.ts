/** A base that nothing is at: what a URL without a host of its own leads to. */
const NOWHERE = 'https://nowhere.invalid/'

/** As a browser would read it, whatever white space and entities it was written with; undefined: it is none, or relative, which in mail leads nowhere. */
function absolute(value: string): URL | undefined {
  if (!URL.canParse(value, NOWHERE)) return undefined
  const url = new URL(value, NOWHERE)
  return url.hostname === 'nowhere.invalid' ? undefined : url
}

const LINKS = ['http:', 'https:', 'mailto:', 'tel:']

/** Where a link may lead; undefined: nowhere. */
export function safeLink(value: string): string | undefined {
  const url = absolute(value)
  return url && LINKS.includes(url.protocol) ? url.href : undefined
}

export type ImageSource =
  | { kind: 'embedded'; href: string }
  | { kind: 'part'; cid: string }
  | { kind: 'remote'; href: string }
  | { kind: 'none' }

/** Where an image comes from: the message itself, or somebody who would learn that it is read. */
export function imageSource(value: string): ImageSource {
  const url = absolute(value.trim())
  if (url?.protocol === 'cid:') return { kind: 'part', cid: decoded(url.pathname) }
  if (url?.protocol === 'data:' && url.pathname.toLowerCase().startsWith('image/'))
    return { kind: 'embedded', href: url.href }
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return { kind: 'remote', href: url.href }
  return { kind: 'none' }
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid)
  } catch {
    return cid // a lone % is itself (RFC 2392 would have it encoded)
  }
}
