import { escapeHtml } from '../../../codec/escape-html.ts'
import { displayText } from '../../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../../codec/mime/fold-text.ts'
import { PartText } from '../../../codec/mime/part-text.ts'
import { firstTextPart } from '../../../codec/mime/text-parts.ts'
import { MailError } from '../../../mailbox/errors.ts'
import type { ContentId } from '../../../mailbox/ids.ts'
import type { View } from '../../../store/views.ts'
import { id, listOf, type Reader, readArguments } from '../arguments.ts'
import { requestedIds } from '../get.ts'
import type { Call } from '../method.ts'
import { readEmailFilter } from './email-filter.ts'
import { viewsOf } from './email-get.ts'

/** Of a text that is looked through for something to show. */
const TEXT_OCTETS = 64 * 1024
/** Of a snippet before its marks, in characters; with them it is to stay below 255 octets (RFC 8621 §5). */
const SNIPPET_CHARACTERS = 140
const SNIPPET_OCTETS = 255
const BEFORE_CHARACTERS = 40
const AT_ONCE = 8

const anything: Reader<unknown> = (value) => value

/** SearchSnippet/get (RFC 8621 §5.1): where in its subject and text an Email matches. */
export async function searchSnippetGet(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { filter: anything, emailIds: listOf(id) })
  const { emails } = call.mail
  const { terms } = readEmailFilter(call, emails, args.filter)
  const ids = requestedIds(call, args.emailIds)
  const known = ids.filter((one) => emails.numberOf(one) !== undefined) as ContentId[]
  const views = await viewsOf(call.tenant, known)
  const list: Record<string, unknown>[] = []
  for (let at = 0; at < known.length; at += AT_ONCE) {
    const group = known.slice(at, at + AT_ONCE)
    const snippets = await Promise.all(
      group.map((content, index) => snippetOf(call, content, views[at + index], terms)),
    )
    list.push(...snippets.filter((one) => one !== undefined))
  }
  const found = new Set(list.map((one) => one['emailId']))
  const notFound = ids.filter((one) => !found.has(one))
  return { list, notFound: notFound.length === 0 ? null : notFound }
}

async function snippetOf({ tenant }: Call, content: ContentId, view: View | undefined, terms: readonly string[]) {
  if (view === undefined) return undefined
  if (terms.length === 0) return { emailId: content, subject: null, preview: null }
  const subject = markAll(displayText(view.envelope.subject ?? ''), terms)
  return { emailId: content, subject, preview: markAround(await readText(tenant, content, view), terms) }
}

async function readText({ contents }: Call['tenant'], content: ContentId, { structure }: View): Promise<string> {
  const part = firstTextPart(structure)
  if (part === undefined) return ''
  const decoder = new PartText(part)
  const { offset, length } = part.body
  let text = ''
  try {
    for await (const chunk of contents.read(content, { start: offset, end: offset + Math.min(length, TEXT_OCTETS) })) {
      text += decoder.write(chunk)
    }
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'no-such-message')) throw error
  }
  return (text + decoder.end()).replace(/\s+/g, ' ').trim()
}

/** The text with every match marked, or null where there is none. */
function markAll(text: string, terms: readonly string[]): string | null {
  const matches = matchesIn(text, terms)
  return matches.length === 0 ? null : marked(text, matches)
}

/** As `markAll`, of the piece around the first match. */
function markAround(text: string, terms: readonly string[]): string | null {
  const [first] = matchesIn(text, terms)
  if (first === undefined) return null
  let start = Math.max(0, first.start - BEFORE_CHARACTERS)
  if (start > 0) {
    const space = text.indexOf(' ', start)
    if (space >= 0 && space < first.start) start = space + 1
  }
  for (let characters = SNIPPET_CHARACTERS; ; characters = Math.floor(characters / 2)) {
    const piece = wellFormed(text.slice(start, start + characters))
    const snippet = marked(piece, matchesIn(piece, terms))
    if (Buffer.byteLength(snippet) <= SNIPPET_OCTETS || characters < 8) return snippet
  }
}

/** Half a character at either end goes. */
function wellFormed(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
}

interface Match {
  start: number
  end: number
}

/** Places in the text itself: folding may change lengths, so each folded character remembers where it came from. */
function matchesIn(text: string, terms: readonly string[]): Match[] {
  let folded = ''
  const places: number[] = []
  let at = 0
  for (const character of text) {
    const own = foldForSearch(character)
    for (let index = 0; index < own.length; index += 1) places.push(at)
    folded += own
    at += character.length
  }
  places.push(at)
  const matches: Match[] = []
  for (const term of terms) {
    for (let found = folded.indexOf(term); found >= 0; found = folded.indexOf(term, found + term.length)) {
      const start = places[found]!
      matches.push({ start, end: endOf(text, places, found + term.length) })
    }
  }
  matches.sort((a, b) => a.start - b.start || b.end - a.end)
  let end = 0
  return matches.filter((match) => {
    if (match.start < end) return false
    end = match.end
    return true
  })
}

function endOf(text: string, places: readonly number[], foldedEnd: number): number {
  const last = places[foldedEnd - 1]!
  return last + (text.codePointAt(last)! > 0xffff ? 2 : 1)
}

function marked(text: string, matches: readonly Match[]): string {
  let html = ''
  let at = 0
  for (const { start, end } of matches) {
    html += `${escapeHtml(text.slice(at, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`
    at = end
  }
  return html + escapeHtml(text.slice(at))
}
