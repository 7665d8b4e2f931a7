/** What the name of a file in a Maildir tells: `<unique>:2,<letters>`, where Windows has `;` (cr.yp.to/proto/maildir.html). */
const LETTERS: readonly (readonly [string, string])[] = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['P', '$Forwarded'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
]
const FIRST_KEYWORD = 'a'.charCodeAt(0)
/** a to z: what Dovecot keeps by number. */
export const MOST_KEYWORDS = 26

export function parseMaildirName(name: string, keywords: readonly string[]): { unique: string; flags: string[] } {
  const at = Math.max(name.lastIndexOf(':2,'), name.lastIndexOf(';2,'))
  if (at < 0) return { unique: name, flags: [] }
  const flags: string[] = []
  for (const letter of new Set(name.slice(at + 3))) {
    const flag = LETTERS.find(([known]) => known === letter)?.[1]
    const keyword = keywords[letter.charCodeAt(0) - FIRST_KEYWORD]
    if (flag !== undefined) flags.push(flag)
    else if (letter >= 'a' && letter <= 'z' && keyword !== undefined) flags.push(keyword)
  }
  return { unique: name.slice(0, at), flags }
}

/** `keywords` grows by those it does not know yet; what has no place left in it is not said. */
export function formatMaildirName(unique: string, flags: readonly string[], keywords: string[]): string {
  const letters = LETTERS.flatMap(([letter, flag]) => (flags.includes(flag) ? [letter] : []))
  for (const flag of flags) {
    if (flag.startsWith('\\') || flag === '$Forwarded') continue
    if (!keywords.includes(flag) && keywords.length < MOST_KEYWORDS) keywords.push(flag)
    const number = keywords.indexOf(flag)
    if (number >= 0) letters.push(String.fromCharCode(FIRST_KEYWORD + number))
  }
  return `${unique}:2,${letters.sort().join('')}`
}

/** Lines of `dovecot-keywords`: `<number> <keyword>`. */
export function parseDovecotKeywords(text: string): string[] {
  const keywords: string[] = []
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    const number = Number(line.slice(0, space))
    if (space > 0 && Number.isInteger(number) && number >= 0 && number < MOST_KEYWORDS)
      keywords[number] = line.slice(space + 1)
  }
  return keywords
}

export function formatDovecotKeywords(keywords: readonly string[]): string {
  return keywords.map((keyword, number) => `${number} ${keyword}\n`).join('')
}
