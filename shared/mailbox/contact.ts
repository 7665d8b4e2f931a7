import { foldForSearch } from '../codec/mime/fold-text.ts'
import type { NamedEmail } from './identity.ts'

/** Somebody the account has written to. */
export interface Contact {
  email: string
  name: string | null
  /** How often, as far as it was counted. */
  sent: number
  /** Milliseconds since 1970, exact to a day. */
  lastSentAt: number
}

export const MOST_CONTACTS = 500
const MOST_NAME_CHARACTERS = 100
const EXACT_MS = 24 * 60 * 60 * 1000
const WEEK_MS = 7 * EXACT_MS

/** The contacts once these were written to; undefined where nothing worth a write has changed. The one written to longest ago goes first. */
export function withWrittenTo(
  contacts: readonly Contact[],
  recipients: readonly NamedEmail[],
  now: number,
): Contact[] | undefined {
  const known = new Map(contacts.map((contact) => [contact.email.toLowerCase(), contact]))
  let changed = false
  for (const { email, name } of recipients) {
    const key = email.toLowerCase()
    const before = known.get(key)
    const named = name?.slice(0, MOST_NAME_CHARACTERS) ?? before?.name ?? null
    if (before !== undefined && now - before.lastSentAt < EXACT_MS && before.name === named) continue
    known.set(key, { email: before?.email ?? email, name: named, sent: (before?.sent ?? 0) + 1, lastSentAt: now })
    changed = true
  }
  if (!changed) return undefined
  return [...known.values()].sort((a, b) => b.lastSentAt - a.lastSentAt).slice(0, MOST_CONTACTS)
}

/** Those of whom a word of the name, or the address, begins with what was typed; who is written to often and lately comes first. */
export function suggestContacts(contacts: readonly Contact[], typed: string, now: number, limit: number): Contact[] {
  const wanted = foldForSearch(typed.trim())
  const weight = ({ sent, lastSentAt }: Contact) => sent / (1 + Math.max(0, now - lastSentAt) / WEEK_MS)
  return contacts
    .filter(({ email, name }) => wanted === '' || wordsOf(email, name).some((word) => word.startsWith(wanted)))
    .sort((a, b) => weight(b) - weight(a) || (a.email < b.email ? -1 : 1))
    .slice(0, limit)
}

/** Every place where somebody may begin to type: the whole name, each word of it, the address and its domain. */
function wordsOf(email: string, name: string | null): string[] {
  const address = foldForSearch(email)
  const [local = '', domain = ''] = address.split('@')
  const places = [address, domain, ...local.split(/[._+-]/)]
  if (name === null) return places
  const words = foldForSearch(name).split(/\s+/)
  return [...places, ...words.map((_, index) => words.slice(index).join(' '))]
}
