import { parseAddressList } from '../../codec/mime/address-list.ts'
import { fieldsByName, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { parsePathAddress } from '../../codec/smtp/address.ts'
import type { Envelope, Recipient } from '../../mailbox/envelope.ts'
import { readWhole } from '../../ports/blob-source.ts'
import type { RelayDsn, RelayMessage, RelayOutcome } from '../../ports/relay.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { ownResults } from '../arrivals/own-results.ts'
import { viaAddress } from '../arrivals/via-header.ts'
import { contentOf, type Kept } from './report-to-sender.ts'

const HEADER_OCTETS = 256 * 1024

/**
 * Hands a message to the relay, for as many recipients at a time as it takes. Throws where none of them was handed over. `until`: when the
 * attempt has to be over, in milliseconds since 1970.
 */
export async function relayMessage(
  store: Store,
  own: TenantStore,
  kept: Kept,
  recipients: readonly Recipient[],
  until: number,
): Promise<RelayOutcome[]> {
  const { relay, clock } = store.engine
  // RFC 8689 §4.3: it must not go to whom does not promise the same for the rest of its way.
  if (kept.envelope.requireTls && relay.signs) {
    const failed = { outcome: 'failed', reply: '550 5.7.30 The relay does not offer REQUIRETLS' } as const
    return recipients.map(({ address }) => ({ recipient: address, ...failed }))
  }
  const message = await prepare(store, own, kept)
  const outcomes: RelayOutcome[] = []
  const { maxRecipients } = relay.carries
  for (let at = 0; at < recipients.length; at += maxRecipients) {
    const slice = recipients.slice(at, at + maxRecipients)
    const dsn = dsnOf(kept.envelope, slice)
    const to = { recipients: slice.map(({ address }) => address), ...(dsn !== undefined && { dsn }) }
    try {
      const withinMs = until - clock.now()
      if (withinMs <= 0) throw new Error('the attempt has taken its time')
      outcomes.push(...(await relay.send({ ...message, ...to, withinMs })).outcomes)
    } catch (error) {
      // What went before is answered for: only the others may be tried again.
      if (outcomes.length === 0) throw error
      const deferred = { outcome: 'deferred', reply: '451 4.4.1 The relay does not answer' } as const
      outcomes.push(...recipients.slice(at).map(({ address }) => ({ recipient: address, ...deferred })))
      break
    }
  }
  return outcomes
}

/** The message as the relay gets it: under an address of ours, and signed, sealed or rewritten as it must be. */
async function prepare(store: Store, own: TenantStore, kept: Kept): Promise<Omit<RelayMessage, 'recipients'>> {
  const { content, info, envelope } = kept
  const { smtputf8, body, requireTls, forwardedFrom } = envelope
  const header = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
  const domain = await signingDomainOf(store, own, envelope, header)
  const isRewritten = forwardedFrom !== undefined && store.engine.relay.signs === true
  const source = contentOf(own, info)
  const signing =
    domain === undefined || store.engine.relay.signs ? undefined : await keysOf(store, own, kept, domain, header)
  const tls = requireTls ? 'always' : (await isTlsEnforced(store, own, domain)) ? 'required' : undefined
  return {
    id: content,
    tenant: own.tenant,
    reversePath: await reversePathOf(store, own, envelope),
    content: isRewritten ? await viaAddress(source, header, forwardedFrom) : source,
    smtputf8,
    body,
    ...(tls !== undefined && { tls }),
    ...(domain !== undefined && { signingDomain: domain }),
    ...(signing !== undefined && { signing }),
  }
}

/** A forward leaves under an address of the domain that forwards, or SPF would speak against us (RFC 7208 §11.5). */
async function reversePathOf(
  store: Store,
  own: TenantStore,
  { reversePath, forwardedFrom }: Envelope,
): Promise<string> {
  if (forwardedFrom === undefined || reversePath === '') return reversePath
  const sender = parsePathAddress(reversePath)
  if ((await store.directory.domain(sender.domain))?.tenant === own.tenant) return reversePath
  return own.senderRewriting.rewrite(sender, parsePathAddress(forwardedFrom).domain)
}

/** The author's domain, so that the signature is aligned (RFC 9989 §4.4.1), or the sender's; undefined where neither is the tenant's. */
async function signingDomainOf(
  store: Store,
  own: TenantStore,
  { reversePath, forwardedFrom }: Envelope,
  header: Uint8Array,
): Promise<string | undefined> {
  const sender = reversePath === '' ? undefined : parsePathAddress(reversePath).domain
  const candidates =
    forwardedFrom === undefined ? [authorDomainOf(header), sender] : [parsePathAddress(forwardedFrom).domain]
  for (const candidate of new Set(candidates)) {
    if (candidate === undefined) continue
    const domain = await store.directory.domain(candidate)
    if (domain?.tenant === own.tenant && domain.verified) return candidate
  }
  return undefined
}

function authorDomainOf(header: Uint8Array): string | undefined {
  const from = fieldsByName(parseHeader(header)).get('from')?.[0]
  const host = from && parseAddressList(unfoldedValue(header, from)).find((one) => one.host !== null)?.host
  return host?.toLowerCase()
}

async function keysOf(
  store: Store,
  own: TenantStore,
  { envelope }: Kept,
  domain: string,
  header: Uint8Array,
): Promise<RelayMessage['signing']> {
  const keys = (await store.dkimKeys.of(own.tenant, domain)).map(({ selector, privateKey }) => ({
    selector,
    privateKey,
  }))
  if (keys.length === 0) return undefined
  if (envelope.forwardedFrom === undefined) return { domain, keys }
  // Nothing was checked when it came in: there is nothing to keep of it.
  const found = ownResults(header, envelope.hostName ?? '')
  if (found === undefined) return undefined
  const chain = found.results.get('arc')
  return { domain, keys, seal: { results: found.value, chain: chain === 'pass' || chain === 'fail' ? chain : 'none' } }
}

/** The tenant would rather have a message returned than read on its way. */
async function isTlsEnforced(store: Store, own: TenantStore, domain: string | undefined): Promise<boolean> {
  return domain !== undefined && (await store.domains.byName(own.tenant, domain))?.tls === 'enforced'
}

function dsnOf({ ret, envid }: Envelope, recipients: readonly Recipient[]): RelayDsn | undefined {
  const wishes = recipients.flatMap(({ address, notify, originalRecipient }) => {
    if (notify === undefined && originalRecipient === undefined) return []
    const wish = {
      ...(notify !== undefined && { notify }),
      ...(originalRecipient !== undefined && { originalRecipient }),
    }
    return [[address, wish] as const]
  })
  if (wishes.length === 0 && ret === undefined && envid === undefined) return undefined
  return {
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
    recipients: new Map(wishes),
  }
}
