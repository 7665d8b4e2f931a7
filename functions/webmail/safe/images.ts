import { imageSource } from './safe-url.ts'

/** What becomes of the images of one message. */
export interface Images {
  /** Images of elsewhere are asked for by the reader. */
  remote: boolean
  /** Where the part of that Content-ID is read. */
  partUrl(cid: string): string | undefined
  /** Images that were held back. */
  held: number
}

/** The URL to show an image from; undefined: it is held back, or none. */
export function imageUrl(value: string, images: Images): string | undefined {
  const source = imageSource(value)
  switch (source.kind) {
    case 'embedded':
      return source.href
    case 'part':
      return images.partUrl(source.cid)
    case 'remote':
      if (images.remote) return source.href
      images.held += 1
      return undefined
    case 'none':
      return undefined
  }
}
