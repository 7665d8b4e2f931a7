import type { BinaryItem } from '../../codec/imap/fetch.ts'
import { FETCH_ITEMS, formatItemName, formatSectionLiteral, formatSectionNil } from '../../codec/imap/fetch-response.ts'
import { resolvePart, resolveSection } from '../../codec/mime/part-path.ts'
import type { OctetRange } from '../../codec/mime/structure-types.ts'
import { decodedSizeOctets, isKnownEncoding, transferDecoder } from '../../codec/mime/transfer-decoder.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { View } from '../../store/views.ts'
import type { Fetching, Piece } from './fetch-pieces.ts'
import { slice, unlessGone } from './fetch-section.ts'

/** BINARY[…] (RFC 3516 §4.2): a part without its transfer encoding. */
export function binaryPiece(item: BinaryItem, fetching: Fetching): Piece {
  const name = formatItemName(item)
  return {
    needs: ['views'],
    async send(place, listing) {
      const { out } = fetching.session
      const part = encodedPart(listing!.view, item.part, fetching)
      const content = place.table.contentAt(place.row)
      const measured = part && (await unlessGone(fetching, measure(fetching, content, part)))
      if (measured === undefined) {
        out.add(formatSectionNil(name))
        return
      }
      const { start, end } = slice({ offset: 0, length: measured.sizeOctets }, item.partial)
      out.add(formatSectionLiteral(name, end - start, measured.holdsNul))
      let at = 0
      for await (const chunk of decoded(fetching, content, part!)) {
        await out.octets(chunk.subarray(Math.max(0, start - at), Math.max(0, end - at)))
        at += chunk.length
        if (at >= end) break
      }
    },
  }
}

/** BINARY.SIZE[…] (RFC 3516 §4.2). */
export function binarySizePiece(path: number[], fetching: Fetching): Piece {
  return {
    needs: ['views'],
    async send(place, listing) {
      const part = encodedPart(listing!.view, path, fetching)
      const known = part && decodedSizeOctets(part.encoding, part.range.length)
      const content = place.table.contentAt(place.row)
      const sizeOctets = known ?? (part && (await unlessGone(fetching, measure(fetching, content, part)))?.sizeOctets)
      fetching.session.out.add(FETCH_ITEMS['BINARY.SIZE'](path, sizeOctets ?? 0))
    },
  }
}

interface EncodedPart {
  range: OctetRange
  encoding: string
}

/** Undefined where there is no such part, or nobody can decode it: then the command ends in NO [UNKNOWN-CTE] (§4.3). */
function encodedPart({ structure }: View, path: readonly number[], fetching: Fetching): EncodedPart | undefined {
  const range = resolveSection(structure, path)
  const part = resolvePart(structure, path)
  if (range === undefined || part === undefined) return undefined
  // The message itself is what it is; only what a part holds is encoded.
  const encoding = path.length === 0 ? 'binary' : part.encoding
  if (isKnownEncoding(encoding)) return { range, encoding }
  fetching.unknownEncoding = true
  return undefined
}

/** A literal begins with its size, so the part is decoded twice: memory does not grow with it. */
async function measure(fetching: Fetching, content: ContentId, part: EncodedPart) {
  let sizeOctets = 0
  let holdsNul = false
  for await (const chunk of decoded(fetching, content, part)) {
    sizeOctets += chunk.length
    holdsNul ||= chunk.includes(0)
  }
  return { sizeOctets, holdsNul }
}

async function* decoded({ session }: Fetching, content: ContentId, { range, encoding }: EncodedPart) {
  const decoder = transferDecoder(encoding)
  const chunks = await session.contentsOf(session.store).open(content, range.offset, range.offset + range.length)
  for await (const chunk of chunks) yield decoder.write(chunk)
  yield decoder.end()
}
