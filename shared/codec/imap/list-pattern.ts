/**
 * LIST's wildcards over names (RFC 9051 §6.3.9): `*` is any characters, `%` any but the hierarchy separator.
 * INBOX matches without regard to case, also where it is the first of several names, as it does in all commands; everything else exactly.
 */
const SEPARATOR = '/'
const INBOX = 'INBOX'

/**
 * Whether the pattern covers the whole name. Time is pattern × name at worst: all the places the pattern may have reached
 * are followed together, so no pattern makes it go back.
 */
export function matchesListPattern(pattern: string, name: string): boolean {
  const folded = name === INBOX || name.startsWith(INBOX + SEPARATOR) ? INBOX.length : 0
  let reached = new Uint8Array(pattern.length + 1)
  reached[0] = 1
  passWildcards(pattern, reached)
  for (let at = 0; at < name.length; at++) {
    const character = name[at]!
    const next = new Uint8Array(pattern.length + 1)
    let alive = false
    for (let place = 0; place < pattern.length; place++) {
      if (reached[place] === 0) continue
      const wanted = pattern[place]!
      if (wanted === '*' || (wanted === '%' && character !== SEPARATOR)) next[place] = 1
      else if (wanted !== '%' && (wanted === character || (at < folded && upperOf(wanted) === character)))
        next[place + 1] = 1
      else continue
      alive = true
    }
    if (!alive) return false
    passWildcards(pattern, next)
    reached = next
  }
  return reached[pattern.length] === 1
}

/** Of US-ASCII alone, as INBOX is. */
function upperOf(character: string): string {
  return character >= 'a' && character <= 'z' ? character.toUpperCase() : character
}

/** A wildcard may stand for nothing. */
function passWildcards(pattern: string, reached: Uint8Array): void {
  for (let place = 0; place < pattern.length; place++) {
    if (reached[place] === 1 && (pattern[place] === '*' || pattern[place] === '%')) reached[place + 1] = 1
  }
}

/**
 * Reference and mailbox argument as one pattern (§6.3.9): joined as they stand, and a mailbox argument that begins with
 * the separator is taken by itself.
 */
export function joinReference(reference: string, pattern: string): string {
  return pattern.startsWith(SEPARATOR) ? pattern.slice(1) : reference + pattern
}
