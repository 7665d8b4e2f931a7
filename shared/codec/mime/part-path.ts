/** Sections of a FETCH (RFC 9051 §6.4.5.1) as ranges of the object's octets. */
import type { MimePart, OctetRange } from './structure-types.ts'

/** The part number `n` of a multipart. One without any is told with an empty text, which is there to be asked for, too. */
function childOf({ body }: MimePart, children: readonly MimePart[], n: number): MimePart | undefined {
  if (children.length > 0 || n !== 1) return children[n - 1]
  const nothing = { offset: body.offset, length: 0 }
  return { header: nothing, body: nothing, type: 'text', subtype: 'plain', parameters: [], encoding: '7bit', lines: 0 }
}

/**
 * The part number `n` of what a message holds. One without a multipart has one part, its own body; so has one whose
 * multipart was cut by a limit, as its BODYSTRUCTURE says.
 */
function numbered(part: MimePart, n: number): MimePart | undefined {
  if (part.children !== undefined) return childOf(part, part.children, n)
  return n === 1 ? part : undefined
}

/**
 * The part that a section's numbers name; undefined if there is none. [] is the message itself. Numbers below a
 * message/rfc822 count in the message it holds; a leaf has no parts but, as a whole message, part 1.
 */
export function resolvePart(root: MimePart, path: readonly number[]): MimePart | undefined {
  const [first, ...further] = path
  if (first === undefined) return root
  let part = numbered(root, first)
  for (const n of further) {
    if (part === undefined) return undefined
    if (part.children !== undefined) part = childOf(part, part.children, n)
    else part = part.message && numbered(part.message.part, n)
  }
  return part
}

const whole = (part: MimePart): OctetRange => ({
  offset: part.header.offset,
  length: part.body.offset + part.body.length - part.header.offset,
})

/**
 * The octets of BODY[path.kind]; undefined for a section the message does not have. Without a path HEADER and TEXT are the
 * message's; with one they are those of the message/rfc822 at that path, and MIME is the part's own header.
 */
export function resolveSection(
  root: MimePart,
  path: readonly number[],
  kind?: 'HEADER' | 'TEXT' | 'MIME',
): OctetRange | undefined {
  const part = resolvePart(root, path)
  if (part === undefined) return undefined
  if (path.length === 0) {
    if (kind === undefined) return whole(root)
    return kind === 'HEADER' ? root.header : kind === 'TEXT' ? root.body : undefined
  }
  if (kind === undefined) return part.body
  if (kind === 'MIME') return part.header
  const inner = part.message?.part
  return kind === 'HEADER' ? inner?.header : inner?.body
}
