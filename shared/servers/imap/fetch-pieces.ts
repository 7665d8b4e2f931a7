import type { FetchItem } from '../../codec/imap/fetch.ts'
import { FETCH_ITEMS } from '../../codec/imap/fetch-response.ts'
import type { Listing } from '../../store/listing.ts'
import type { SectionName } from '../../store/segment-codec.ts'
import type { BodyBatches } from './body-batches.ts'
import { binaryPiece, binarySizePiece } from './fetch-binary.ts'
import { sectionPiece } from './fetch-section.ts'
import { flagsText } from './flags-text.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'

/** One FETCH as it goes on. */
export interface Fetching {
  session: Selected
  bodies: BodyBatches
  /** A message or its content is gone. */
  missing: boolean
  unknownEncoding: boolean
}

/** What an item of the request adds to each message's response: words, or what has to be read first, where `text` is absent or answers undefined. */
export interface Piece {
  /** Sections of its listing; undefined: the table says it all. */
  needs?: readonly SectionName[]
  text?: (place: Place, listing: Listing | undefined) => string | undefined
  send?: (place: Place, listing: Listing | undefined) => Promise<void>
}

export function pieceOf(item: FetchItem, fetching: Fetching): Piece {
  const { session } = fetching
  const { utf8, rev2 } = session.enabled
  switch (item.item) {
    case 'UID':
      return ofTable(({ table, row }) => FETCH_ITEMS.UID(table.uidAt(row)))
    case 'FLAGS':
      return ofTable(({ table, row }) => `FLAGS ${flagsText(session.view, table, row)}`)
    case 'INTERNALDATE':
      return ofTable(({ table, row }) => FETCH_ITEMS.INTERNALDATE(table.dateAt(row)))
    case 'RFC822.SIZE':
      return ofTable(({ table, row }) => FETCH_ITEMS['RFC822.SIZE'](table.sizeAt(row)))
    case 'MODSEQ':
      return ofTable(({ table, row }) => FETCH_ITEMS.MODSEQ(table.modseqAt(row)))
    case 'EMAILID':
      return ofTable(({ table, row }) => FETCH_ITEMS.EMAILID(table.contentAt(row)))
    case 'THREADID':
      return ofTable(({ table, row }) => FETCH_ITEMS.THREADID(table.threadAt(row)))
    case 'SAVEDATE':
      return ofTable(({ table, row }) => FETCH_ITEMS.SAVEDATE(table.savedAt(row)))
    case 'ENVELOPE':
      return ofListing('envelopes', (listing) => `ENVELOPE ${listing.envelope(utf8)}`)
    case 'BODY':
      return ofListing('views', ({ view }) => FETCH_ITEMS.BODY(view.structure, rev2))
    case 'BODYSTRUCTURE':
      return ofListing('structures', (listing) => `BODYSTRUCTURE ${listing.structure(rev2)}`)
    case 'PREVIEW':
      return ofListing('views', ({ view }) => FETCH_ITEMS.PREVIEW(Buffer.from(view.preview).toString('latin1'), utf8))
    case 'SECTION':
      return sectionPiece(item, fetching)
    case 'BINARY':
      return binaryPiece(item, fetching)
    case 'BINARY.SIZE':
      return binarySizePiece(item.part, fetching)
  }
}

function ofTable(text: (place: Place) => string): Piece {
  return { text }
}

function ofListing(section: SectionName, text: (listing: Listing) => string): Piece {
  return { needs: [section], text: (_, listing) => text(listing!) }
}
