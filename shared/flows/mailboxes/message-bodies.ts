import { charsetDecoder } from '../../codec/mime/charset.ts'
import { partFilename } from '../../codec/mime/encoded-word.ts'
import { unflowText } from '../../codec/mime/flowed-text.ts'
import { parameterValue } from '../../codec/mime/parameters.ts'
import type { MimePart } from '../../codec/mime/structure-types.ts'
import { decodedSizeOctets, transferDecoder } from '../../codec/mime/transfer-decoder.ts'

/** Octets of a message by range, in chunks as they come. */
export type ReadRange = (range: { start: number; end: number }) => AsyncIterable<Uint8Array>

export interface MessageBodies {
  html: string | null
  text: string | null
}

/** A part that is no body, by its place: parts are counted from 1 in the order of the message. */
export interface AttachmentPart {
  id: string
  part: MimePart
  filename: string
  contentType: string
  contentId: string | null
  disposition: string
  /** As a reader gets it, its transfer encoding undone: nearly, as nothing was read. */
  sizeOctets: number
}

/** Longer bodies are cut there: nobody reads on, and memory is everybody's. */
const MAX_BODY_OCTETS = 1024 * 1024

/** The first plain text and the first HTML that are bodies, as their writers meant them: paragraphs that flow are whole (RFC 3676). */
export async function readBodies(structure: MimePart, read: ReadRange): Promise<MessageBodies> {
  const bodies = leaves(structure).filter(isBody)
  const find = async (subtype: string) => {
    const part = bodies.find((candidate) => candidate.subtype === subtype)
    return part === undefined ? null : readText(part, read)
  }
  return { html: await find('html'), text: await find('plain') }
}

export function attachmentParts(structure: MimePart): AttachmentPart[] {
  const parts = leaves(structure)
  const bodies = parts.filter(isBody)
  // A second text of the same kind is shown by no client as the body.
  const shown = new Set(['html', 'plain'].map((subtype) => bodies.find((part) => part.subtype === subtype)))
  return parts.flatMap((part, index) => {
    if (shown.has(part)) return []
    return [
      {
        id: String(index + 1),
        part,
        filename: partFilename(part) ?? `attachment-${index + 1}`,
        contentType: `${part.type}/${part.subtype}`,
        contentId: part.id?.replace(/^<|>$/g, '') ?? null,
        disposition: part.disposition?.type ?? (part.id === undefined ? 'attachment' : 'inline'),
        sizeOctets: sizeOf(part),
      },
    ]
  })
}

/** An attachment's octets, its transfer encoding undone. */
export async function* readPart({ encoding, body }: MimePart, read: ReadRange): AsyncGenerator<Uint8Array> {
  const decoder = transferDecoder(encoding)
  for await (const chunk of read({ start: body.offset, end: body.offset + body.length })) yield decoder.write(chunk)
  yield decoder.end()
}

async function readText(part: MimePart, read: ReadRange): Promise<string> {
  const decoder = charsetDecoder(parameterValue(part.parameters, 'charset') ?? '')
  const { offset, length } = part.body
  const cut = { ...part, body: { offset, length: Math.min(length, MAX_BODY_OCTETS) } }
  let text = ''
  for await (const octets of readPart(cut, read)) text += decoder.write(octets)
  text += decoder.end()
  if (parameterValue(part.parameters, 'format')?.toLowerCase() !== 'flowed') return text
  return unflowText(text, parameterValue(part.parameters, 'delsp')?.toLowerCase() === 'yes')
}

/** Of base64, which is in lines of 76 characters (RFC 2045 §6.8), at most two octets too many: only its last characters would tell. */
function sizeOf({ encoding, body: { length } }: MimePart): number {
  if (encoding === 'base64') return Math.floor(((length - 2 * Math.floor(length / 78)) * 3) / 4)
  return decodedSizeOctets(encoding, length) ?? length
}

/** Entities that hold no others; a message that is attached is one. */
function leaves(part: MimePart): MimePart[] {
  return part.children === undefined ? [part] : part.children.flatMap(leaves)
}

function isBody({ type, subtype, disposition }: MimePart): boolean {
  return type === 'text' && (subtype === 'plain' || subtype === 'html') && disposition?.type !== 'attachment'
}
