import { displayText } from '../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../codec/mime/fold-text.ts'

/** Longer subjects are compared by their beginning. */
const SUBJECT_CHARACTERS = 1000

export interface BaseSubject {
  base: string
  /** Something like "Re:" or "(fwd)" was taken off; a list's "[name]" and white space say nothing of the kind (RFC 5256 §3, step 5). */
  isReply: boolean
}

/** What replies and forwards of a message have in common: its subject without what they put around it, folded (RFC 5256 §2.1). */
export function baseSubject(subject: string): string {
  return readSubject(subject).base
}

/** The base subject, and whether it is that of a reply or forward. */
export function readSubject(subject: string): BaseSubject {
  // Trailers and leaders are taken off by place in one string, so that a subject of nothing but "re:" costs its length once.
  let text = foldForSearch(displayText(subject))
    .slice(0, SUBJECT_CHARACTERS)
    .replace(/[ \t]+/g, ' ')
    .trim()
  let isReply = false
  for (;;) {
    const trimmed = withoutTrailers(text)
    const { from, passedPrefix } = pastLeaders(trimmed)
    const rest = trimmed.slice(from)
    const isWrapped = rest.startsWith('[fwd:') && rest.endsWith(']')
    const unwrapped = isWrapped ? rest.slice('[fwd:'.length, -1).trim() : rest
    // The text has no white space at its end, so that all that trailers take is a "(fwd)".
    isReply ||= trimmed !== text || passedPrefix || isWrapped
    if (unwrapped === text) return { base: text, isReply }
    text = unwrapped
  }
}

/** Ends without white space. */
function withoutTrailers(text: string): string {
  let end = text.length
  for (;;) {
    while (text[end - 1] === ' ') end -= 1
    if (!text.startsWith('(fwd)', end - 5) || end < 5) return text.slice(0, end)
    end -= 5
  }
}

/** Behind `re:`, `fw[1]:`, `[list] fwd:`; a blob alone goes only where something is left (§2.1, step 4). */
function pastLeaders(text: string): { from: number; passedPrefix: boolean } {
  let from = 0
  let passedPrefix = false
  for (;;) {
    while (text[from] === ' ') from += 1
    const blobs = pastBlobs(text, from)
    const prefix = /^(?:re|fwd?) ?(?:\[[^[\]]*\] ?)?:/.exec(text.slice(blobs, blobs + SUBJECT_CHARACTERS))
    if (prefix !== null) {
      from = blobs + prefix[0].length
      passedPrefix = true
      continue
    }
    const blob = pastBlob(text, from)
    if (blob === from || text.slice(blob).trim() === '') return { from, passedPrefix }
    from = blob
  }
}

function pastBlobs(text: string, from: number): number {
  for (let at = from; ; ) {
    const next = pastBlob(text, at)
    if (next === at) return at
    at = next
  }
}

/** `[` anything without brackets `]` and spaces; `from` where none begins there. */
function pastBlob(text: string, from: number): number {
  if (text[from] !== '[') return from
  const end = text.indexOf(']', from)
  const nested = text.indexOf('[', from + 1)
  if (end < 0 || (nested >= 0 && nested < end)) return from
  let at = end + 1
  while (text[at] === ' ') at += 1
  return at
}
