/**
 * Header fields with their names' numbers in front, so that those asked for are found without reading a header again:
 * `[missing: u8][number: u8]…[fields: u16]([number: u8][length: u24])…[octets of the fields]`, big-endian.
 */
import { parseHeader } from '../codec/mime/header.ts'
import { KEPT_HEADER_FIELDS } from '../codec/mime/header-fields.ts'

const NUMBERS = new Map(KEPT_HEADER_FIELDS.map((name, number) => [name, number]))
/** Of a line that is no field that anybody can ask for. */
const UNNAMED = 255

/** `block`: kept fields, whole; `missing`: names (lower case) that are in the header and did not fit. */
export function encodeFieldList(block: Uint8Array, missing: readonly string[]): Uint8Array {
  const fields = parseHeader(block).map(({ name, length }) => {
    return { number: NUMBERS.get(name.toLowerCase()) ?? UNNAMED, length }
  })
  const front = Buffer.alloc(1 + missing.length + 2 + fields.length * 4)
  let at = front.writeUInt8(missing.length)
  for (const name of missing) at = front.writeUInt8(NUMBERS.get(name)!, at)
  at = front.writeUInt16BE(fields.length, at)
  for (const { number, length } of fields) {
    at = front.writeUInt8(number, at)
    at = front.writeUIntBE(length, at, 3)
  }
  return Buffer.concat([front, block])
}

/** Names of header fields, in any case, that are asked of many messages. */
export class WantedFields {
  readonly names: readonly string[]
  #numbered: readonly string[] | undefined
  #wanted: Uint8Array | undefined

  constructor(names: readonly string[]) {
    this.names = names
  }

  /** 1 at the number of each that is wanted; undefined where one of them is not among `numbered`. */
  among(numbered: readonly string[]): Uint8Array | undefined {
    if (this.#numbered === numbered) return this.#wanted
    this.#numbered = numbered
    const wanted = new Uint8Array(UNNAMED)
    const numbers = this.names.map((name) => numbered.indexOf(name.toLowerCase()))
    for (const number of numbers) wanted[number] = 1
    this.#wanted = numbers.includes(-1) ? undefined : wanted
    return this.#wanted
  }
}

/** The wanted fields of an encoded list (as a binary string) in their order; undefined where one of them did not fit. */
export function fieldsOf(list: string, wanted: Uint8Array): string | undefined {
  const missing = list.charCodeAt(0)
  let at = 1
  for (const end = at + missing; at < end; at += 1) if (wanted[list.charCodeAt(at)] === 1) return undefined
  const count = (list.charCodeAt(at) << 8) | list.charCodeAt(at + 1)
  at += 2
  let place = at + count * 4
  let text = ''
  // Fields that follow one another are one piece.
  let start = place
  for (const end = place; at < end; at += 4) {
    const length = (list.charCodeAt(at + 1) << 16) | (list.charCodeAt(at + 2) << 8) | list.charCodeAt(at + 3)
    if (wanted[list.charCodeAt(at)] !== 1) {
      if (place > start) text += list.slice(start, place)
      start = place + length
    }
    place += length
  }
  return place > start ? text + list.slice(start, place) : text
}
