/** Large tables of packages, which say much alike: in a bundle they lie compressed, and are unpacked where they are loaded, in a millisecond each. */
import { brotliCompressSync } from 'node:zlib'

/** Contents of a table's module, out of the package's own; throws where a new version of the package is laid out otherwise. */
type Pack = (text: string) => string

const UNPACK = "const unpack = (base64) => brotliDecompressSync(Buffer.from(base64, 'base64'))"

/** An expression for the octets, in a module that has UNPACK. */
function packed(octets: string | Uint8Array): string {
  return `unpack('${brotliCompressSync(octets).toString('base64')}')`
}

function parts(text: string, pattern: RegExp): string[] {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`a table is not laid out as ${pattern}`)
  return found.slice(1)
}

/** File types by their extensions, and the other way round: of several names for one only the first is ever given. Together they say the same twice. */
const fileTypes: Pack = (text) => {
  const [maps, rest] = parts(text, /^import path from 'node:path';\n(.*?)(export function .*)$/ms) as [string, string]
  const tables = new Function(`${maps}; return [mimeTypes, extensions]`)() as Map<string, unknown>[]
  const firsts = tables.map((table) => Array.from(table, ([from, to]) => [from, Array.isArray(to) ? to[0] : to]))
  return `import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
${UNPACK}
const defaultMimeType = 'application/octet-stream', defaultExtension = 'bin'
const [mimeTypes, extensions] = JSON.parse(${packed(JSON.stringify(firsts))}).map((table) => new Map(table))
${rest}`
}

/** HTML's character references, a tree of 16-bit words. */
const references: Pack = (text) => {
  const [base64] = parts(text, /decodeBase64\("([A-Za-z0-9+/=]+)"\)/) as [string]
  return `import { brotliDecompressSync } from 'node:zlib'
${UNPACK}
export const htmlDecodeTree = /* @__PURE__ */ new Uint16Array(new Uint8Array(${packed(Buffer.from(base64, 'base64'))}).buffer)`
}

/** Charsets of one octet a character. */
const charsets: Pack = (text) => {
  const module = { exports: {} }
  new Function('module', text)(module)
  return `const { brotliDecompressSync } = require('node:zlib')
${UNPACK}
module.exports = JSON.parse(${packed(JSON.stringify(module.exports))})`
}

/** Regions and what AWS calls itself in them. */
const partitions: Pack = (text) => {
  const [info, rest] = parts(text, /^export const partitionsInfo = (.*?);\n(.*)$/s) as [string, string]
  return `import { brotliDecompressSync } from 'node:zlib'
${UNPACK}
export const partitionsInfo = JSON.parse(${packed(JSON.stringify(new Function(`return ${info}`)()))})
${rest}`
}

/** Which address of a service a request goes to, as a decision diagram. */
const endpoints: Pack = (text) => {
  const [diagram] = parts(text, /^import [^\n]*\n(.*)^export const bdd = /ms) as [string]
  const { nodes, root, conditions, results } = new Function(
    `${diagram}; return { nodes, root, conditions: _data.conditions, results: _data.results }`,
  )()
  return `import { brotliDecompressSync } from 'node:zlib'
import { BinaryDecisionDiagram } from "@smithy/core/endpoints"
${UNPACK}
const [nodes, root, conditions, results] = JSON.parse(${packed(JSON.stringify([[...nodes], root, conditions, results]))})
export const bdd = BinaryDecisionDiagram.from(new Int32Array(nodes), root, conditions, results)`
}

export const PACKED_TABLES: readonly [file: RegExp, pack: Pack][] = [
  [/\/nodemailer\/dist\/esm\/mime-funcs\/mime-types\.js$/, fileTypes],
  [/\/entities\/dist\/esm\/generated\/decode-data-html\.js$/, references],
  [/\/iconv-lite\/encodings\/sbcs-data(-generated)?\.js$/, charsets],
  [/\/util-endpoints\/lib\/aws\/partitions\.js$/, partitions],
  [/\/@aws-sdk\/client-(s3|dynamodb|sts)\/dist-es\/endpoint\/bdd\.js$/, endpoints],
]
