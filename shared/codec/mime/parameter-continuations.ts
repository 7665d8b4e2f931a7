/** Parameters that were cut into pieces (RFC 2231 §3, §4.1), put together again. */
import type { MimeParameter } from './structure-types.ts'

interface Piece {
  index: number
  encoded: boolean
  value: string
  /** In the list of parameters. */
  place: number
}

const CUT = /^([^*]+)\*(0|[1-9]\d{0,3})(\*?)$/
/** What cannot stand in an extended value as it is (§7, attribute-char). */
const NO_ATTRIBUTE_CHAR = /[^A-Za-z0-9!#$&+\-.^_`{|}~]/g

const percentEncode = (text: string) =>
  text.replace(NO_ATTRIBUTE_CHAR, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)

/**
 * `name*0="a"; name*1="b"` becomes `name="ab"`, and `name*0*=utf-8''%c3; name*1*=%a4; name*2=x` `name*=utf-8''%c3%a4x`, each in the place of its
 * first piece. What does not fit together stays as it is: a piece behind a gap or seen twice, an extended piece behind a plain first one,
 * pieces of a parameter that is there whole.
 */
export function joinContinuations(parameters: readonly MimeParameter[]): readonly MimeParameter[] {
  if (!parameters.some(([name]) => name.includes('*'))) return parameters
  const cut = piecesByName(parameters)
  const names = new Set(parameters.map(([name]) => name))
  const joined = new Map<number, MimeParameter | undefined>() // undefined: it is in another place
  for (const [name, byIndex] of cut) {
    const pieces: Piece[] = []
    for (let piece = byIndex.get(0); piece !== undefined; piece = byIndex.get(pieces.length)) pieces.push(piece)
    const parameter = join(name, pieces)
    if (parameter === undefined || names.has(parameter[0])) continue
    for (const { place } of pieces) joined.set(place, undefined)
    joined.set(
      pieces.reduce((first, { place }) => Math.min(first, place), Infinity),
      parameter,
    )
  }
  return parameters
    .map((parameter, place) => (joined.has(place) ? joined.get(place) : parameter))
    .filter((parameter) => parameter !== undefined)
}

/** Of each index the first. */
function piecesByName(parameters: readonly MimeParameter[]): Map<string, Map<number, Piece>> {
  const cut = new Map<string, Map<number, Piece>>()
  for (const [place, [name, value]] of parameters.entries()) {
    const [, base, index, star] = CUT.exec(name) ?? []
    if (base === undefined) continue
    let pieces = cut.get(base)
    if (pieces === undefined) {
      pieces = new Map()
      cut.set(base, pieces)
    }
    const piece = { index: Number(index), encoded: star === '*', value, place }
    if (!pieces.has(piece.index)) pieces.set(piece.index, piece)
  }
  return cut
}

function join(name: string, pieces: readonly Piece[]): MimeParameter | undefined {
  const [first] = pieces
  if (first === undefined) return undefined
  if (first.encoded) {
    return [`${name}*`, pieces.map(({ encoded, value }) => (encoded ? value : percentEncode(value))).join('')]
  }
  return pieces.some(({ encoded }) => encoded) ? undefined : [name, pieces.map(({ value }) => value).join('')]
}
