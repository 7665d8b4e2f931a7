import { foldForSearch } from '../../codec/mime/fold-text.ts'
import { headerText } from '../../codec/mime/header-text.ts'
import { PartText } from '../../codec/mime/part-text.ts'
import type { OctetRange } from '../../codec/mime/structure-types.ts'
import { partsBelow, textParts } from '../../codec/mime/text-parts.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { View } from '../../store/views.ts'
import { headerHolds, type TextKey } from './search-keys.ts'
import type { Selected } from './session.ts'

/** Of one header; what is beyond is not looked at. */
const HEADER_OCTETS = 1024 * 1024
/** Text folded at a time. */
const STEP_CHARACTERS = 16 * 1024
/** At a seam between two pieces, folding may join characters: so much of the end of one is looked at again with the next. */
const SEAM_CHARACTERS = 64

/** What the object says to each of the keys. Nothing is found in a message that is gone. */
export async function searchContent(
  session: Selected,
  content: ContentId,
  view: View,
  keys: readonly TextKey[],
): Promise<Map<TextKey, boolean>> {
  const found = new Map<TextKey, boolean>(keys.map((key) => [key, false]))
  try {
    await searchHeaders(session, content, view, found)
    await searchBodies(session, content, view, found)
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'no-such-message')) throw error
  }
  return found
}

async function searchHeaders(
  session: Selected,
  content: ContentId,
  { structure }: View,
  found: Map<TextKey, boolean>,
): Promise<void> {
  const keys = [...found.keys()].filter(({ key }) => key !== 'BODY')
  if (keys.length === 0) return
  const block = await readHeader(session, content, structure.header)
  const texts = keys.some(({ key }) => key === 'TEXT') ? foldedHeader(block) : ''
  for (const key of keys) {
    const wanted = foldForSearch(key.text)
    found.set(key, key.key === 'HEADER' ? headerHolds(block, key.field, wanted) : texts.includes(wanted))
  }
  // The headers of parts, and of messages inside, are text of the message as well (RFC 9051 §6.4.4: TEXT is header and body).
  for (const part of partsBelow(structure)) {
    const open = keys.filter((key) => key.key === 'TEXT' && found.get(key) === false)
    if (open.length === 0) return
    const folded = foldedHeader(await readHeader(session, content, part.header))
    for (const key of open) if (folded.includes(foldForSearch(key.text))) found.set(key, true)
  }
}

async function searchBodies(
  session: Selected,
  content: ContentId,
  { structure }: View,
  found: Map<TextKey, boolean>,
): Promise<void> {
  let open = [...found].filter(([{ key }, is]) => key !== 'HEADER' && !is).map(([key]) => key)
  for (const part of textParts(structure)) {
    if (open.length === 0) return
    const searched = new SubstringSearch(open.map(({ text }) => foldForSearch(text)))
    const text = new PartText(part)
    const { offset, length } = part.body
    const chunks = await session.contentsOf(session.store).open(content, offset, offset + length)
    for await (const chunk of chunks) {
      searched.write(text.write(chunk))
      if (searched.allFound) break
    }
    searched.write(text.end())
    searched.end()
    for (const [index, key] of open.entries()) if (searched.found[index]) found.set(key, true)
    open = open.filter((_, index) => !searched.found[index])
  }
}

async function readHeader(session: Selected, content: ContentId, { offset, length }: OctetRange): Promise<Uint8Array> {
  const end = offset + Math.min(length, HEADER_OCTETS)
  const chunks = await session.contentsOf(session.store).open(content, offset, end)
  return Buffer.concat(await Array.fromAsync(chunks))
}

function foldedHeader(block: Uint8Array): string {
  return foldForSearch(headerText(block))
}

/** Looks for folded strings in text that comes in pieces, in memory of one piece. */
class SubstringSearch {
  readonly found: boolean[]
  readonly #wanted: readonly string[]
  readonly #overlap: number
  #pending = ''

  constructor(wanted: readonly string[]) {
    this.#wanted = wanted
    this.found = wanted.map(() => false)
    this.#overlap = Math.max(...wanted.map(({ length }) => length)) * 2 + SEAM_CHARACTERS
  }

  get allFound(): boolean {
    return this.found.every(Boolean)
  }

  write(text: string): void {
    this.#pending += text
    if (this.#pending.length >= STEP_CHARACTERS + this.#overlap) this.#look()
  }

  end(): void {
    if (this.#pending !== '') this.#look()
  }

  #look(): void {
    const folded = foldForSearch(this.#pending)
    for (const [index, wanted] of this.#wanted.entries()) this.found[index] ||= folded.includes(wanted)
    this.#pending = this.#pending.slice(-this.#overlap)
  }
}
