import type { SectionItem } from '../../codec/imap/fetch.ts'
import { formatItemName, formatSectionLiteral, formatSectionNil } from '../../codec/imap/fetch-response.ts'
import type { Section } from '../../codec/imap/section.ts'
import type { Partial } from '../../codec/imap/tokens.ts'
import { selectHeaderFields } from '../../codec/mime/header.ts'
import { resolveSection } from '../../codec/mime/part-path.ts'
import type { OctetRange } from '../../codec/mime/structure-types.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import { WantedFields } from '../../store/field-list.ts'
import type { View } from '../../store/views.ts'
import type { Fetching, Piece } from './fetch-pieces.ts'
import type { Place } from './sequence-view.ts'
import { loadView } from './views-in-order.ts'

/** Of a header whose fields are picked: what is beyond is not looked at. */
const HEADER_OCTETS = 1024 * 1024

/** What is asked of each message, with what is the same for all of them. */
interface Asked {
  item: SectionItem
  /** As the response names it. */
  name: string
}

/** BODY[…], BODY.PEEK[…] and RFC822 in its three forms (RFC 9051 §6.4.5.1). */
export function sectionPiece(item: SectionItem, fetching: Fetching): Piece {
  const { section } = item
  const asked: Asked = { item, name: formatItemName(item) }
  const whole = section.part.length === 0 && section.text === undefined
  if (section.text === 'HEADER.FIELDS' && section.part.length === 0) {
    const wanted = new WantedFields(section.fields!)
    return {
      needs: ['fields'],
      text(_, listing) {
        const fields = listing!.headerFields(wanted)
        return fields === undefined ? undefined : literalOf(asked, fields)
      },
      // Few messages have so long a header that some of it is not kept.
      async send(place) {
        const view = await loadView(fetching.session.store, place)
        if (view === undefined) fetching.missing = true
        await sendFields(fetching, asked, place, view)
      },
    }
  }
  if (section.text === 'HEADER.FIELDS' || section.text === 'HEADER.FIELDS.NOT') {
    return { needs: ['views'], send: (place, listing) => sendFields(fetching, asked, place, listing!.view) }
  }
  const kind = section.text
  // The message itself needs no structure to be found.
  if (whole) return wholePiece(asked, fetching)
  return {
    needs: ['views'],
    send: (place, listing) =>
      sendRange(fetching, asked, place, resolveSection(listing!.view.structure, section.part, kind)),
  }
}

function wholePiece(asked: Asked, fetching: Fetching): Piece {
  const range = ({ table, row }: Place) => ({ offset: 0, length: table.sizeAt(row) })
  if (asked.item.partial !== undefined) return { send: (place) => sendRange(fetching, asked, place, range(place)) }
  const { bodies } = fetching
  const wordsOf = (place: Place, octets: Uint8Array) => {
    if (octets.length !== place.table.sizeAt(place.row))
      throw new Error(`content ${place.table.contentAt(place.row)} is not of the size it had`)
    return literalOf(asked, Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1'))
  }
  return {
    text(place) {
      const octets = bodies.atHand(place)
      return octets && wordsOf(place, octets)
    },
    async send(place) {
      if (!bodies.isSmall(place)) {
        await sendRange(fetching, asked, place, range(place))
        return
      }
      const octets = await bodies.octetsOf(place)
      if (octets === undefined) fetching.missing = true
      fetching.session.out.add(octets === undefined ? formatSectionNil(asked.name) : wordsOf(place, octets))
    },
  }
}

function literalOf({ item, name }: Asked, octets: string): string {
  const { start, end } = slice({ offset: 0, length: octets.length }, item.partial)
  return formatSectionLiteral(name, end - start) + octets.slice(start, end)
}

async function sendRange(
  fetching: Fetching,
  { item, name }: Asked,
  place: Place,
  range: OctetRange | undefined,
): Promise<void> {
  const { out, store } = fetching.session
  if (range === undefined) {
    out.add(formatSectionNil(name))
    return
  }
  const content = place.table.contentAt(place.row)
  const partEnd = range.offset + range.length
  const { start, end } = slice(range, item.partial)
  const reader = fetching.session.contentsOf(store)
  const opening = item.partial
    ? reader.openSlice(content, start, end, partEnd)
    : reader.openFleeting(content, start, end)
  const chunks = await unlessGone(fetching, opening)
  if (chunks === undefined) {
    out.add(formatSectionNil(name))
    return
  }
  out.add(formatSectionLiteral(name, end - start))
  let sent = 0
  for await (const chunk of chunks) {
    await out.fleetingOctets(chunk)
    sent += chunk.length
  }
  if (sent !== end - start) throw new Error(`content ${content} is shorter than its structure`)
}

/** The octets of a range that `<origin.count>` asks for; none where the origin is past the end (RFC 9051 §6.4.5). */
export function slice(range: OctetRange, partial: Partial | undefined): { start: number; end: number } {
  const partEnd = range.offset + range.length
  if (partial === undefined) return { start: range.offset, end: partEnd }
  const start = Math.min(partEnd, range.offset + partial.offset)
  return { start, end: Math.min(partEnd, start + partial.count) }
}

/** Undefined where the content is gone, which the command's answer then tells. */
export async function unlessGone<T>(fetching: Fetching, opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'no-such-message')) throw error
    fetching.missing = true
    return undefined
  }
}

async function sendFields(fetching: Fetching, asked: Asked, place: Place, view: View | undefined): Promise<void> {
  const { section } = asked.item
  const block = view && (await headerBlock(fetching, section, place.table.contentAt(place.row), view))
  if (block === undefined) {
    fetching.session.out.add(formatSectionNil(asked.name))
    return
  }
  const octets = selectHeaderFields(block, section.fields!, section.text === 'HEADER.FIELDS.NOT')
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
  fetching.session.out.add(literalOf(asked, text))
}

/** The header in which the fields are. */
async function headerBlock(
  fetching: Fetching,
  section: Section,
  content: ContentId,
  view: View,
): Promise<Uint8Array | undefined> {
  const range = resolveSection(view.structure, section.part, 'HEADER')
  if (range === undefined) return undefined
  const end = range.offset + Math.min(range.length, HEADER_OCTETS)
  const opened = await unlessGone(
    fetching,
    fetching.session.contentsOf(fetching.session.store).open(content, range.offset, end),
  )
  if (opened === undefined) return undefined
  return Buffer.concat(await Array.fromAsync(opened))
}
