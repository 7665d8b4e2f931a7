import type { FetchItem } from '../../codec/imap/fetch.ts'
import { FETCH_ITEMS } from '../../codec/imap/fetch-response.ts'
import type { View } from '../../store/views.ts'
import { binaryPiece, binarySizePiece } from './fetch-binary.ts'
import { sectionPiece } from './fetch-section.ts'
import { flagsText } from './flags-text.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'

/** One FETCH as it goes on. */
export interface Fetching {
  session: Selected
  /** A message or its content is gone. */
  missing: boolean
  unknownEncoding: boolean
}

/** What an item of the request adds to each message's response. */
export type Piece =
  | { needsView: boolean; text: (place: Place, view: View | undefined) => string; send?: undefined }
  | { needsView: boolean; text?: undefined; send: (place: Place, view: View | undefined) => Promise<void> }

export function pieceOf(item: FetchItem, fetching: Fetching): Piece {
  const { session } = fetching
  const { utf8 } = session.enabled
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
      return ofView((view) => FETCH_ITEMS.ENVELOPE(view.envelope, utf8))
    case 'BODY':
      return ofView((view) => FETCH_ITEMS.BODY(view.structure, utf8))
    case 'BODYSTRUCTURE':
      return ofView((view) => FETCH_ITEMS.BODYSTRUCTURE(view.structure, utf8))
    case 'PREVIEW':
      return ofView((view) => FETCH_ITEMS.PREVIEW(Buffer.from(view.preview).toString('latin1')))
    case 'SECTION':
      return sectionPiece(item, fetching)
    case 'BINARY':
      return binaryPiece(item, fetching)
    case 'BINARY.SIZE':
      return binarySizePiece(item.part, fetching)
  }
}

function ofTable(text: (place: Place) => string): Piece {
  return { needsView: false, text }
}

function ofView(text: (view: View) => string): Piece {
  return { needsView: true, text: (_, view) => text(view!) }
}
