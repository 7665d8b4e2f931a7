import { formatBodyStructure } from '../codec/imap/body-structure.ts'
import { formatEnvelope } from '../codec/imap/envelope.ts'
import { selectHeaderFields } from '../codec/mime/header.ts'
import { areKept } from '../codec/mime/header-fields.ts'
import { fieldsOf, type WantedFields } from './field-list.ts'
import type { TextColumn } from './octets-column.ts'
import type { Section } from './segment-codec.ts'
import { decodeView } from './view-codec.ts'
import type { View } from './views.ts'

/** A message as lists show it, in binary strings that are ready to be sent. `utf8`: to a client that reads UTF-8 (RFC 6855, RFC 9051). */
export interface Listing {
  /** ENVELOPE (RFC 9051 §7.5.2). */
  envelope(utf8: boolean): string
  /** BODYSTRUCTURE. `rev2`: to a client that has enabled IMAP4rev2. */
  structure(rev2: boolean): string
  /** The fields wanted, with the empty line; undefined where only the message itself tells. */
  headerFields(wanted: WantedFields): string | undefined
  readonly view: View
}

/** Sections of a segment, as far as they were asked for. */
export type FoldedColumns = Partial<Section> & { fieldNames: readonly string[] }

/** One message of a segment. */
export class FoldedListing implements Listing {
  readonly #columns: FoldedColumns
  readonly #index: number
  #view: View | undefined

  constructor(columns: FoldedColumns, index: number) {
    this.#columns = columns
    this.#index = index
  }

  envelope(utf8: boolean): string {
    return inForm(this.#columns.envelopes!, this.#index, utf8)
  }

  structure(rev2: boolean): string {
    return inForm(this.#columns.structures!, this.#index, rev2)
  }

  headerFields(wanted: WantedFields): string | undefined {
    const { fields, fieldNames } = this.#columns
    const numbers = wanted.among(fieldNames)
    const text = numbers && fieldsOf(fields!.textAt(this.#index), numbers)
    if (text === undefined) return undefined
    return text === '' || text.endsWith('\n') ? `${text}\r\n` : `${text}\r\n\r\n`
  }

  get view(): View {
    this.#view ??= decodeView(this.#columns.views!.octetsAt(this.#index))
    return this.#view
  }
}

/** Two entries a message: the second is empty where it is the same as the first. */
function inForm(column: TextColumn, index: number, utf8: boolean): string {
  const other = utf8 ? column.textAt(2 * index + 1) : ''
  return other === '' ? column.textAt(2 * index) : other
}

/** One that is in no segment yet. */
export class ViewListing implements Listing {
  readonly view: View

  constructor(view: View) {
    this.view = view
  }

  envelope(utf8: boolean): string {
    return formatEnvelope(this.view.envelope, utf8)
  }

  structure(rev2: boolean): string {
    return formatBodyStructure(this.view.structure, { extended: true, rev2 })
  }

  headerFields({ names }: WantedFields): string | undefined {
    const { headerFields, headerFieldsMissing } = this.view
    if (!areKept(names, headerFieldsMissing)) return undefined
    return Buffer.from(selectHeaderFields(headerFields, names)).toString('latin1')
  }
}
