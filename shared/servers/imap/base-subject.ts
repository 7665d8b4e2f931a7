import { displayText } from '../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../codec/mime/fold-text.ts'

/** Longer subjects are compared by their beginning. */
const SUBJECT_CHARACTERS = 1000

/** What replies and forwards of a message have in common: its subject without what they put around it, folded (RFC 5256 §2.1). */
export function baseSubject(subject: string): string {
  // Trailers and leaders are taken off by place in one string, so that a subject of nothing but "re:" costs its length once.
  let text = foldForSearch(displayText(subject))
    .slice(0, SUBJECT_CHARACTERS)
    .replace(/[ \t]+/g, ' ')
    .trim()
  for (;;) {
    const trimmed = withoutLeaders(withoutTrailers(text))
    const unwrapped =
      trimmed.startsWith('[fwd:') && trimmed.endsWith(']') ? trimmed.slice('[fwd:'.length, -1).trim() : trimmed
    if (unwrapped === text) return text
    text = unwrapped
  }
}

function withoutTrailers(text: string): string {
  let end = text.length
  for (;;) {
    while (text[end - 1] === ' ') end -= 1
    if (!text.startsWith('(fwd)', end - 5) || end < 5) return text.slice(0, end)
    end -= 5
  }
}

/** `re:`, `fw[1]:`, `[list] fwd:`; a blob alone goes only where something is left (§2.1, step 4). */
function withoutLeaders(text: string): string {
  let from = 0
  for (;;) {
    while (text[from] === ' ') from += 1
    const blobs = pastBlobs(text, from)
    const prefix = /^(?:re|fwd?) ?(?:\[[^[\]]*\] ?)?:/.exec(text.slice(blobs, blobs + SUBJECT_CHARACTERS))
    if (prefix !== null) {
      from = blobs + prefix[0].length
      continue
    }
    const blob = pastBlob(text, from)
    if (blob === from || text.slice(blob).trim() === '') return text.slice(from)
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
