/** An item as the table keeps it: CBOR (RFC 8949) of `[format number, attributes]`; the key stands in columns of its own. */
import { Encoder } from 'cbor-x'
import type { Attributes, Item, Key } from '../../ports/table.ts'

const FORMAT = 1
// No shared record structures: each row can be read by itself. A Set is tag 258, octets are a plain byte string.
const cbor = new Encoder({ useRecords: false, tagUint8Array: false })

export function encodeRow(attributes: Attributes): Uint8Array {
  return cbor.encode([FORMAT, attributes])
}

/** Throws where the row was written in a format this version does not know. */
export function decodeRow(row: Uint8Array): Attributes {
  const [format, attributes] = cbor.decode(row) as [number, Attributes]
  if (format !== FORMAT) throw new Error(`an item is kept in format ${format}, this version reads ${FORMAT}`)
  for (const name in attributes) {
    const value = attributes[name]
    if (value instanceof Buffer) attributes[name] = new Uint8Array(value.buffer, value.byteOffset, value.length)
  }
  return attributes
}

export function itemOf(key: Key, row: Uint8Array): Item {
  return Object.assign({ pk: key.pk, sk: key.sk }, decodeRow(row)) as Item
}
