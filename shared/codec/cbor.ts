import { Encoder } from 'cbor-x'

// Plain CBOR (RFC 8949): no record extension, so that any reader of the standard can take a stored object apart.
const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true })

/** Numbers, strings, booleans, null, Uint8Array, arrays and plain objects; properties that are undefined must be left out. */
export function encodeCbor(value: unknown): Uint8Array {
  return encoder.encode(value)
}

/** Throws on octets that are no CBOR. The caller knows the shape by the format number inside. */
export function decodeCbor(octets: Uint8Array): unknown {
  return encoder.decode(octets)
}
