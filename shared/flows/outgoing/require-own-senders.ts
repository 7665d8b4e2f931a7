/** Whom a message that is handed in for sending may say it is from. */
import { domainToASCII } from 'node:url'
import { parseAddressList } from '../../codec/mime/address-list.ts'
import { displayText } from '../../codec/mime/encoded-word.ts'
import { unfold } from '../../codec/mime/header.ts'
import { HeaderFilter } from '../../codec/mime/header-filter.ts'
import { ParseError } from '../../codec/parse-error.ts'
import { parseAddress } from '../../codec/smtp/address.ts'
import type { Address } from '../../mailbox/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, TenantId } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { Store } from '../../store/store.ts'

/** Fields that tell a reader who wrote or sent it (RFC 5322 §3.6.2, §3.6.6). */
const FIELDS = new Set(['from', 'sender', 'resent-from', 'resent-sender'])
/** Authors of one message; each is a look-up. */
const MOST_SENDERS = 100
/** `HeaderFilter` shows longer fields cut off: nobody can say what the rest of them names. */
const MOST_FIELD_OCTETS = 16 * 1024
/** A longer one is nobody's (RFC 1035 §3.1). */
const MOST_DOMAIN_CHARACTERS = 255

/** Who hands the message in. */
export type Submitter = { account: AccountId } | { tenant: TenantId }

/**
 * Holds From, Sender and their Resent- forms to the rule of MAIL: an address in a domain of this house has to be the account's own (or lead to
 * it), for a program of a tenant's in a domain of its tenant. A domain that nobody here has is left to the relay, which knows what it carries; a
 * message without From claims nobody. Reads the header alone. Throws MailError 'not-allowed'.
 */
export async function requireOwnSenders(store: Store, submitter: Submitter, source: BlobSource): Promise<void> {
  const senders = sendersIn(await senderFields(source))
  if (senders.size > MOST_SENDERS) throw new MailError('not-allowed', `${senders.size} senders`)
  for (const sender of senders) {
    if (!(await mayClaim(store, submitter, sender))) throw new MailError('not-allowed', `says it is from ${sender}`)
  }
}

/** Values of the fields as binary strings, unfolded. Throws MailError 'not-allowed' where one is too long to be judged. */
async function senderFields({ open }: BlobSource): Promise<string[]> {
  const values: string[] = []
  let longest = 0
  const filter = new HeaderFilter(FIELDS, (_name, field) => {
    values.push(unfold(field.toString('latin1', field.indexOf(':') + 1)))
    longest = Math.max(longest, field.length)
    return true
  })
  for await (const chunk of open()) {
    filter.write(chunk)
    if (filter.headerEnded) break
  }
  filter.end()
  if (longest > MOST_FIELD_OCTETS) throw new MailError('not-allowed', `a sender field of ${longest} octets`)
  return values
}

/** Every address with a domain, as `local@host` in UTF-8. */
function sendersIn(values: readonly string[]): Set<string> {
  const senders = new Set<string>()
  for (const value of values) {
    const addresses = parseAddressList(value)
    // An address is no place for encoded words (RFC 2047 §5), but there are readers that decode before they parse.
    const isEncoded = addresses.some(({ mailbox, host }) => mailbox?.includes('=?') || host?.includes('=?'))
    const decoded = isEncoded ? parseAddressList(Buffer.from(displayText(value)).toString('latin1')) : []
    for (const { mailbox, host } of [...addresses, ...decoded]) {
      if (host) senders.add(Buffer.from(`${mailbox ?? ''}@${host}`, 'latin1').toString('utf8'))
    }
  }
  return senders
}

async function mayClaim({ directory }: Store, submitter: Submitter, sender: string): Promise<boolean> {
  const address = readSender(sender)
  if ('account' in submitter && address !== undefined) {
    const resolution = await directory.resolve(address)
    if (resolution.kind === 'local') return resolution.accounts.includes(submitter.account)
    return resolution.kind === 'foreign-domain'
  }
  // What is no address still names a domain, and is shown to people.
  const domain = address?.domain ?? domainOf(sender)
  if (domain.length > MOST_DOMAIN_CHARACTERS) return true
  const owner = await directory.domain(domain)
  return owner === undefined || !owner.verified || ('tenant' in submitter && owner.tenant === submitter.tenant)
}

function readSender(sender: string): Address | undefined {
  try {
    return parseAddress(sender)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

function domainOf(sender: string): string {
  const host = sender.slice(sender.lastIndexOf('@') + 1)
  const end = host.endsWith('.') ? -1 : undefined // the root, which no address of SMTP's has
  return domainToASCII(host.slice(0, end)) || host.slice(0, end).toLowerCase()
}
