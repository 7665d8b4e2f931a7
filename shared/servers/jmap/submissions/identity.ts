import { createHash } from 'node:crypto'
import { ParseError } from '../../../codec/parse-error.ts'
import { formatAddress, parseAddress } from '../../../codec/smtp/address.ts'
import { type Address, foldLocalPart } from '../../../mailbox/address.ts'
import type { Identity, NamedEmail } from '../../../mailbox/identity.ts'
import { tenantOf } from '../../../mailbox/ids.ts'
import { isObject } from '../arguments.ts'
import { type Call, invalidProperties, MethodError, SetError } from '../method.ts'
import { lineProperty, listProperty, nullable, requireProperties, textProperty } from '../properties.ts'
import { changesOfRecords, getRecords } from '../record-get.ts'
import { type RecordType, setRecords } from '../record-set.ts'

const MOST_IDENTITIES = 50
const MOST_SIGNATURE = 64 * 1024
const MOST_NAME = 200
const MOST_ADDRESSES = 20
/** All of an account's identities are one item. */
const MOST_OCTETS = 200 * 1024
/** Aliases of a tenant that are looked through for those that lead to one account. */
const MOST_ALIASES = 1000

interface OwnIdentity extends Identity {
  /** It stands for an address that leads to the account, and is there as long as that does. */
  implied: boolean
  /** Somebody made it, or made it other than it was. */
  kept: boolean
}

/**
 * Identities (RFC 8621 §6): one for the account's own address and for each alias that leads to it, and those that it makes itself, of any address
 * that it may send as.
 */
export const IDENTITIES: RecordType<OwnIdentity> = {
  most: MOST_IDENTITIES,
  defaults: { name: '', email: null, replyTo: null, bcc: null, textSignature: '', htmlSignature: '', mayDelete: true },

  async read(call) {
    const { value, version } = await call.tenant.identities.get(call.account.id)
    const kept = new Map(value.map((identity) => [identity.id, { ...identity, implied: false, kept: true }]))
    const records = new Map<string, OwnIdentity>()
    const { value: settings } = await call.tenant.settings.get(call.account.id)
    for (const email of await ownAddresses(call)) {
      const id = idOf(email)
      const plain = { id, email, name: settings.displayName ?? '', replyTo: null, bcc: null }
      const identity = kept.get(id) ?? { ...plain, textSignature: '', htmlSignature: '', kept: false }
      records.set(id, { ...identity, email, implied: true })
    }
    for (const [id, identity] of kept) if (!records.has(id) && !isImpliedId(id)) records.set(id, identity)
    return { records, version }
  },

  show: ({ implied, kept: _kept, ...identity }) => ({ ...identity, mayDelete: !implied }),

  async parse(call, given, before) {
    requireProperties(given, ['id', ...Object.keys(IDENTITIES.defaults)])
    if (given['mayDelete'] !== !(before?.implied ?? false))
      throw invalidProperties("It is the server's to say.", 'mayDelete')
    const address = readEmail(given['email'], 'email')
    if (before !== undefined && given['email'] !== before.email) throw invalidProperties('The address stays.', 'email')
    if (!(await call.store.directory.maySendAs(call.account.id, address))) {
      throw new SetError('forbiddenFrom', 'This address does not lead to you.')
    }
    const identity: OwnIdentity = {
      id: given['id'] as string,
      email: before?.email ?? formatAddress(address),
      name: lineProperty(given, 'name', MOST_NAME),
      replyTo: nullable(given, 'replyTo', () => readNamed(given, 'replyTo')),
      bcc: nullable(given, 'bcc', () => readNamed(given, 'bcc')),
      textSignature: textProperty(given, 'textSignature', MOST_SIGNATURE),
      htmlSignature: textProperty(given, 'htmlSignature', MOST_SIGNATURE),
      implied: before?.implied ?? false,
      kept: true,
    }
    return identity
  },

  requireDestroyable({ implied }) {
    if (implied) throw new SetError('forbidden', 'It is there as long as its address leads to you.')
  },

  save(call, records, version) {
    const kept = [...records.values()]
      .filter((identity) => identity.kept)
      .map(({ implied: _implied, kept: _kept, ...identity }): Identity => identity)
    if (Buffer.byteLength(JSON.stringify(kept)) > MOST_OCTETS) {
      throw new MethodError('requestTooLarge', 'The signatures are too long together.')
    }
    return call.tenant.identities.put(call.account.id, kept, version)
  },
}

export const identityGet = (call: Call, args: Record<string, unknown>) => getRecords(call, IDENTITIES, args)
export const identitySet = (call: Call, args: Record<string, unknown>) => setRecords(call, IDENTITIES, args)
export const identityChanges = (call: Call, args: Record<string, unknown>) => changesOfRecords(call, IDENTITIES, args)

/** Mostly without a look at all aliases of the tenant. */
export async function isIdentity(call: Call, id: string): Promise<boolean> {
  if (id === idOf(call.account.address)) return true
  const { value } = await call.tenant.identities.get(call.account.id)
  if (!isImpliedId(id) && value.some((identity) => identity.id === id)) return true
  return (await IDENTITIES.read(call)).records.has(id)
}

/** The account's own address first. */
async function ownAddresses({ store, account }: Call): Promise<string[]> {
  const addresses = [account.address]
  let seen = 0
  for await (const alias of store.aliases.all(tenantOf(account.id))) {
    if (alias.accounts.includes(account.id) && !alias.address.startsWith('*@')) addresses.push(alias.address)
    seen += 1
    if (seen >= MOST_ALIASES || addresses.length >= MOST_IDENTITIES) break
  }
  return addresses
}

const IMPLIED = 'address-'

/** The same as long as the address is. */
function idOf(email: string): string {
  const { localPart, domain } = parseAddress(email)
  const hash = createHash('sha256')
    .update(`${foldLocalPart(localPart)}@${domain}`)
    .digest('base64url')
  return `${IMPLIED}${hash.slice(0, 16)}`
}

function isImpliedId(id: string): boolean {
  return id.startsWith(IMPLIED)
}

export function readEmail(value: unknown, property: string): Address {
  try {
    if (typeof value === 'string') return parseAddress(value)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
  }
  throw invalidProperties('That is no email address.', property)
}

function readNamed(given: Record<string, unknown>, property: string): NamedEmail[] {
  return listProperty(given, property, MOST_ADDRESSES).map((one) => {
    if (!isObject(one)) throw invalidProperties(`${property} is a list of addresses.`, property)
    const { name = null, email, ...more } = one
    requireProperties(more, [], `${property}/`)
    const isName = name === null || (typeof name === 'string' && name.length <= MOST_NAME && !/[\r\n\0]/.test(name))
    if (!isName) throw invalidProperties('A name is one line.', property)
    return { name, email: formatAddress(readEmail(email, property)) }
  })
}
