/**
 * Flags of a message: the system flags as bits, keywords by name (RFC 9051 §2.3.2). \Recent is no flag here: it is a
 * mailbox's number of claimed UIDs (RFC 3501 §2.3.2).
 */
export const SYSTEM_FLAGS = {
  '\\Seen': 1,
  '\\Answered': 2,
  '\\Flagged': 4,
  '\\Deleted': 8,
  '\\Draft': 16,
} as const
export type SystemFlag = keyof typeof SYSTEM_FLAGS

export const SEEN = SYSTEM_FLAGS['\\Seen']
export const DELETED = SYSTEM_FLAGS['\\Deleted']

/** A set of flags: bits of the system flags and keywords in their first-used spelling, without repeats. */
export interface Flags {
  system: number
  keywords: readonly string[]
}

/** Keywords a message may have: far more than people use, and too few to make a mailbox grow by flags alone. */
export const MOST_KEYWORDS = 200

export const NO_FLAGS: Flags = { system: 0, keywords: [] }

const BY_LOWER_CASE = new Map(Object.entries(SYSTEM_FLAGS).map(([name, bit]) => [name.toLowerCase(), bit]))

/** Flag names compare without case (RFC 9051 §2.3.2); an unknown `\` name and `\Recent` are not for clients to set and are dropped. */
export function flagsOf(names: Iterable<string>): Flags {
  let system = 0
  const keywords = new Map<string, string>()
  for (const name of names) {
    const lower = name.toLowerCase()
    const bit = BY_LOWER_CASE.get(lower)
    if (bit !== undefined) system |= bit
    else if (!name.startsWith('\\') && !keywords.has(lower)) keywords.set(lower, name)
  }
  return { system, keywords: [...keywords.values()] }
}

/** Names in a fixed order: system flags first, then keywords as they came. */
export function flagNames(flags: Flags): string[] {
  const system = Object.entries(SYSTEM_FLAGS).flatMap(([name, bit]) => (flags.system & bit ? [name] : []))
  return [...system, ...flags.keywords]
}

export type FlagChange = 'set' | 'add' | 'remove'

/** What STORE FLAGS, +FLAGS and -FLAGS make of `flags` (RFC 9051 §6.4.6). */
export function changeFlags(flags: Flags, change: FlagChange, operand: Flags): Flags {
  if (change === 'set') return operand
  // Most changes are of system flags.
  if (operand.keywords.length === 0) {
    return { system: changeSystemFlags(flags.system, change, operand.system), keywords: flags.keywords }
  }
  const named = new Set(operand.keywords.map((keyword) => keyword.toLowerCase()))
  const others = flags.keywords.filter((keyword) => !named.has(keyword.toLowerCase()))
  if (change === 'remove') return { system: flags.system & ~operand.system, keywords: others }
  const known = new Set(flags.keywords.map((keyword) => keyword.toLowerCase()))
  const added = operand.keywords.filter((keyword) => !known.has(keyword.toLowerCase()))
  return { system: flags.system | operand.system, keywords: [...flags.keywords, ...added] }
}

/** The same of system flags alone. */
export function changeSystemFlags(system: number, change: FlagChange, operand: number): number {
  if (change === 'set') return operand
  return change === 'add' ? system | operand : system & ~operand
}

export function sameFlags(a: Flags, b: Flags): boolean {
  return (
    a.system === b.system &&
    a.keywords.length === b.keywords.length &&
    a.keywords.every((keyword) => b.keywords.includes(keyword))
  )
}
