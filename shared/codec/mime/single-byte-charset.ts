import listed from 'iconv-lite/encodings/sbcs-data.js'
import generated from 'iconv-lite/encodings/sbcs-data-generated.js'

/** An alias, or what the octets 128 to 255, or all 256, mean. */
export type SingleByteData = Readonly<Record<string, string | { chars: string }>>

const DATA: readonly SingleByteData[] = [listed, generated]
const ALIASES_MOST = 5

/**
 * The 256 characters of a charset of one octet each, which the Encoding Standard does not list: those of DOS, of old Macs, of ISO-IR. Of
 * iconv-lite only these tables are used: its large ones are of charsets that Node knows itself, and would be half of a bundle.
 */
export function singleByteTable(label: string): string | undefined {
  let name = label.replace(/[^a-z0-9]/g, '')
  for (let hops = 0; hops < ALIASES_MOST; hops++) {
    const table = DATA.find((each) => Object.hasOwn(each, name))
    const entry = table?.[name]
    if (entry === undefined) return undefined
    if (typeof entry !== 'string') return entry.chars.length === 256 ? entry.chars : ASCII + entry.chars
    name = entry
  }
  return undefined
}

const ASCII = String.fromCharCode(...Array(128).keys())
