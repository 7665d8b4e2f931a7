import { suggestContacts } from '../../../mailbox/contact.ts'
import { readArguments, text, unsigned, withDefault } from '../arguments.ts'
import { type Call, invalidArguments } from '../method.ts'

const MOST_TYPED = 200
const DEFAULT_LIMIT = 8
const MOST_SUGGESTED = 50

/** ContactSuggestion/query of this house: people the account has written to, by what was typed. Answers `list` of `{ name, email }`, the best first. */
export async function contactSuggestionQuery({ tenant, account, store }: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { text: withDefault(text, ''), limit: withDefault(unsigned, DEFAULT_LIMIT) })
  if (args.text.length > MOST_TYPED) throw invalidArguments(`text has at most ${MOST_TYPED} characters.`, 'text')
  const { value } = await tenant.contacts.get(account.id)
  const limit = Math.min(args.limit, MOST_SUGGESTED)
  const found = suggestContacts(value, args.text, store.engine.clock.now(), limit)
  return { list: found.map(({ name, email }) => ({ name, email })) }
}
