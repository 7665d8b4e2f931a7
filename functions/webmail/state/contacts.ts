/** Who an address may be completed to: those that the account wrote with, as the server knows them, and who is on the screen's messages. */
import type { EmailAddress } from '../jmap/types.ts'
import { withoutRepeats } from '../text/addresses.ts'
import { knownSummaries } from './emails.ts'
import { current, hasCapability, openBatch, send } from './session.ts'

const MOST = 8

export function suggestionsHere(typed: string): EmailAddress[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return []
  const counted = new Map<string, { address: EmailAddress; times: number }>()
  for (const { from, to } of knownSummaries()) {
    for (const address of [...(from ?? []), ...(to ?? [])]) {
      if (!fits(address, wanted)) continue
      const key = address.email.toLowerCase()
      const known = counted.get(key) ?? { address, times: 0 }
      counted.set(key, { address: known.address.name ? known.address : address, times: known.times + 1 })
    }
  }
  const best = [...counted.values()].toSorted((a, b) => b.times - a.times).map(({ address }) => address)
  return withoutRepeats(best).slice(0, MOST)
}

/** At the start of the address, or of a word of the name. */
function fits({ name, email }: EmailAddress, wanted: string): boolean {
  if (email.toLowerCase().startsWith(wanted)) return true
  const words = (name ?? '').toLowerCase()
  return words.startsWith(wanted) || words.includes(` ${wanted}`)
}

const CONTACTS = 'https://tubepost.dev/jmap/contacts'

/** Those of the server first, as it knows all that was ever written to. */
export async function suggest(typed: string): Promise<EmailAddress[]> {
  const here = suggestionsHere(typed)
  if (!hasCapability(CONTACTS)) return here
  try {
    const batch = openBatch()
    const args = { accountId: current().accountId, text: typed, limit: MOST }
    const found = batch.call<{ list: EmailAddress[] }>('ContactSuggestion/query', args)
    await send(batch)
    return withoutRepeats([...found.result().list, ...here]).slice(0, MOST)
  } catch (error) {
    // Completion is a help; without the server it goes on with what is here.
    console.warn(error)
    return here
  }
}
