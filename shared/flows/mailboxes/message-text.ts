import { foldForSearch } from '../../codec/mime/fold-text.ts'
import { headerText } from '../../codec/mime/header-text.ts'
import { PartText } from '../../codec/mime/part-text.ts'
import type { MimePart } from '../../codec/mime/structure-types.ts'
import { partsBelow, textParts } from '../../codec/mime/text-parts.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import type { MessageText } from '../../store/text-frame.ts'

/** Octets of a message by range (`end` exclusive), in chunks. */
type ReadRange = (range: { start: number; end: number }) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Longer headers are cut: a sender who hides a word behind a megabyte of header is not searched for. */
const HEADER_OCTETS = 256 * 1024

/**
 * What SEARCH BODY and TEXT look through (RFC 9051 §6.4.4): the header and those of the parts, which TEXT includes, with their encoded words
 * undone; and the text of every text part in every charset; folded, up to `bodyCharacters`. Reads headers and text parts alone, not what is attached.
 */
export function readMessageText(
  store: TenantStore,
  content: ContentId,
  structure: MimePart,
  bodyCharacters: number,
): Promise<MessageText> {
  return messageText(structure, (range) => store.contents.read(content, range), bodyCharacters)
}

/** The same of a message whose octets are at hand. */
export async function messageText(structure: MimePart, read: ReadRange, bodyCharacters: number): Promise<MessageText> {
  const header = await readHeaders(structure, read)
  const texts: string[] = []
  let room = bodyCharacters
  for (const part of textParts(structure)) {
    if (room <= 0) return { header, body: texts.join('\n'), whole: false }
    const text = foldForSearch(await readPartText(part, read, room))
    texts.push(text.slice(0, room))
    room -= text.length
  }
  return { header, body: texts.join('\n'), whole: room >= 0 }
}

async function readHeaders(structure: MimePart, read: ReadRange): Promise<string> {
  const texts: string[] = []
  let room = HEADER_OCTETS
  for (const { header } of [structure, ...partsBelow(structure)]) {
    const end = header.offset + Math.min(header.length, room)
    const chunks: Uint8Array[] = []
    for await (const chunk of read({ start: header.offset, end })) chunks.push(chunk)
    texts.push(headerText(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    room -= header.length
    if (room <= 0) break
  }
  return foldForSearch(texts.join('\n'))
}

/** The text of a part, ended soon after `characters`. */
async function readPartText(part: MimePart, read: ReadRange, characters: number): Promise<string> {
  const decoder = new PartText(part)
  const { offset, length } = part.body
  let text = ''
  for await (const chunk of read({ start: offset, end: offset + length })) {
    text += decoder.write(chunk)
    if (text.length > characters) return text
  }
  return text + decoder.end()
}
