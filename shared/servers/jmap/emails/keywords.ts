/** Keywords of Emails (RFC 8621 §4.1.1) and IMAP's flags: `$seen` is \Seen, and so on; all others are the same, in lower case. */
import { type Flags, flagsOf, SYSTEM_FLAGS } from '../../../mailbox/flags.ts'

const SYSTEM = [
  ['$answered', SYSTEM_FLAGS['\\Answered']],
  ['$draft', SYSTEM_FLAGS['\\Draft']],
  ['$flagged', SYSTEM_FLAGS['\\Flagged']],
  ['$seen', SYSTEM_FLAGS['\\Seen']],
] as const
const BITS = new Map<string, number>(SYSTEM)
const KEYWORD = /^[\x21-\x7e]{1,255}$/

export function keywordsOf({ system, keywords }: Flags): Record<string, true> {
  const shown: Record<string, true> = {}
  for (const [name, bit] of SYSTEM) if ((system & bit) !== 0) shown[name] = true
  for (const keyword of keywords) shown[keyword.toLowerCase()] = true
  return shown
}

export function isKeyword(name: string): boolean {
  return KEYWORD.test(name) && !/[(){\]%*"\\]/.test(name)
}

/** The flags that stand for these keywords, in any case. */
export function flagsOfKeywords(keywords: Iterable<string>): Flags {
  let system = 0
  const others: string[] = []
  for (const keyword of keywords) {
    const lower = keyword.toLowerCase()
    const bit = BITS.get(lower)
    if (bit === undefined) others.push(lower)
    else system |= bit
  }
  return { system, keywords: flagsOf(others).keywords }
}

/** The bit of a system flag, or the keyword in lower case. */
export function keywordTest(keyword: string): (flags: Flags) => boolean {
  const lower = keyword.toLowerCase()
  const bit = BITS.get(lower)
  if (bit !== undefined) return ({ system }) => (system & bit) !== 0
  return ({ keywords }) => keywords.some((one) => one.toLowerCase() === lower)
}
