import { parseAddressList } from '../../codec/mime/address-list.ts'
import { displayText } from '../../codec/mime/encoded-word.ts'
import { fieldsByName, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { log } from '../../log.ts'
import { withWrittenTo } from '../../mailbox/contact.ts'
import type { AccountId } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { TenantStore } from '../../store/store.ts'

const HEADER_OCTETS = 64 * 1024
/** A message to more is no letter, and would push out people one writes to. */
const MOST_RECIPIENTS = 50

/** Whom the account writes to is offered when it writes again. What fails here fails nothing else: the message is on its way. */
export async function rememberRecipients(
  own: TenantStore,
  account: AccountId,
  recipients: readonly string[],
  source: BlobSource,
): Promise<void> {
  if (recipients.length > MOST_RECIPIENTS) return
  try {
    const { value, version } = await own.contacts.get(account)
    const now = own.engine.clock.now()
    const known = new Map(value.map(({ email, name }) => [email.toLowerCase(), name]))
    const written = recipients.map((email) => ({ email, name: known.get(email.toLowerCase()) ?? null }))
    if (withWrittenTo(value, written, now) === undefined) return
    const names = await namesIn(source)
    const named = recipients.map((email) => ({ email, name: names.get(email.toLowerCase()) ?? null }))
    // Where another message came first, the next one to them is remembered.
    await own.contacts.put(account, withWrittenTo(value, named, now) ?? value, version)
  } catch (error) {
    log.warn('recipients-not-remembered', { account, error: error as Error })
  }
}

/** Display names of To, Cc and Bcc by address in lower case. */
async function namesIn(source: BlobSource): Promise<ReadonlyMap<string, string>> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of source.open()) {
    chunks.push(chunk.slice())
    octets += chunk.length
    if (octets >= HEADER_OCTETS) break
  }
  const head = Buffer.concat(chunks).subarray(0, HEADER_OCTETS)
  const fields = fieldsByName(parseHeader(head))
  const names = new Map<string, string>()
  for (const field of ['to', 'cc', 'bcc'].flatMap((name) => fields.get(name) ?? [])) {
    for (const { name, mailbox, host } of parseAddressList(unfoldedValue(head, field))) {
      if (name !== null && name !== '' && host) names.set(`${mailbox}@${host}`.toLowerCase(), displayText(name))
    }
  }
  return names
}
