import { fieldsByName, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { hasNonAscii } from '../../codec/smtp/address.ts'
import { log } from '../../log.ts'
import { foldLocalPart } from '../../mailbox/address.ts'
import type { Envelope, Recipient } from '../../mailbox/envelope.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import { readWhole } from '../../ports/blob-source.ts'
import { BlobExistsError } from '../../ports/blobs.ts'
import { outboxName } from '../../store/keys.ts'
import type { ReportedRecipient } from '../../store/outbound.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { joined } from '../joined-source.ts'
import { contentOf, type Kept, reportToSender } from '../outgoing/report-to-sender.ts'
import { ownResults } from './own-results.ts'

const HEADER_OCTETS = 256 * 1024
/** As many hops as RFC 5321 §6.3 calls a loop for certain, halved: each forward adds to those of the next host. */
const MOST_HOPS = 50
/** What is indexed again after that was passed on long ago. */
const RECENT_MS = 7 * 24 * 60 * 60 * 1000

/**
 * What is left to do once a message is in the mailboxes: it goes on to where its addresses forward it, and a sender that asked for it is told of
 * the delivery (RFC 3461 §5.2.3). Repeatable: the same message is passed on under the same id.
 */
export async function passOn(store: Store, own: TenantStore, kept: Kept): Promise<void> {
  const { envelope, info, content } = kept
  const { hostName, recipients, receivedAt } = envelope
  if (hostName === undefined || store.engine.clock.now() - receivedAt > RECENT_MS) return
  const news = recipients.filter(isDelivered).map(
    ({ address }): ReportedRecipient => ({
      recipient: address,
      action: 'delivered',
      reply: '250 2.1.5 In the mailbox',
    }),
  )
  const forwarding = recipients.filter(({ forwards = [] }) => forwards.length > 0)
  if (forwarding.length > 0) {
    const header = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
    for (const recipient of forwarding) {
      const { isForged, loops, spf } = obstacles(own, kept, header, recipient.address)
      if (isForged || loops) {
        // A report on what is forged would go to somebody who never wrote it, unless SPF speaks for the reverse-path.
        if (recipient.accounts.length === 0 && wants(recipient, 'FAILURE') && (!isForged || spf === 'pass'))
          news.push({
            recipient: recipient.address,
            action: 'failed',
            reply: loops ? '554 5.4.6 Mail forwarding loop' : '550 5.7.1 It fails DMARC, so it is not forwarded',
          })
        continue
      }
      await forward(own, kept, recipient, derivedContentId(content, 'forward', recipient.address))
      if (isExpanded(recipient))
        news.push({ recipient: recipient.address, action: 'expanded', reply: '250 2.1.5 Passed on' })
    }
  }
  if (news.length > 0)
    await reportToSender(store, own, kept, { number: 0, at: receivedAt, recipients: news }, { hostName })
}

/**
 * Where the rules of the account at `address` send a message that it got, as an address that forwards does. Nobody is told when that fails: the
 * account has its copy, and the sender did not write there. Repeatable.
 */
export async function forwardByRule(
  store: Store,
  own: TenantStore,
  kept: Kept,
  address: string,
  forwards: readonly string[],
): Promise<void> {
  const { info, content, envelope } = kept
  if (store.engine.clock.now() - envelope.receivedAt > RECENT_MS) return
  const header = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
  const { isForged, loops } = obstacles(own, kept, header, address)
  if (isForged || loops) return
  const recipient: Recipient = { address, accounts: [], forwards, notify: [] }
  await forward(own, kept, recipient, derivedContentId(content, 'rule', address))
}

/** Why it must not go on. */
function obstacles(own: TenantStore, { content, envelope }: Kept, header: Uint8Array, address: string) {
  const results = envelope.hostName === undefined ? undefined : ownResults(header, envelope.hostName)?.results
  const isForged = results?.get('dmarc') === 'fail'
  const loops = isLooping(header, address)
  if (isForged || loops) log.warn('not-forwarded', { tenant: own.tenant, content, dmarc: results?.get('dmarc'), loops })
  return { isForged, loops, spf: results?.get('spf') }
}

async function forward(own: TenantStore, { info, envelope }: Kept, recipient: Recipient, id: ContentId): Promise<void> {
  const { address, forwards = [], notify } = recipient
  const originalRecipient = recipient.originalRecipient ?? `${hasNonAscii(address) ? 'utf-8' : 'rfc822'};${address}`
  // One address in another's stead is asked as this one was (RFC 3461 §5.2.7.2); of more we have told ourselves.
  const asked = forwards.length === 1 ? notify : notify?.filter((event) => event !== 'SUCCESS')
  const { after: _whole, junk: _filed, ...rest } = envelope
  const leaving: Envelope = {
    ...rest,
    origin: 'forward',
    forwardedFrom: address,
    recipients: forwards.map((target) => ({
      address: target,
      accounts: [],
      originalRecipient,
      ...(asked !== undefined && { notify: asked }),
    })),
  }
  const name = outboxName(own.tenant, id)
  if ((await own.engine.blobs.head(name)) !== undefined) return
  const marker = Buffer.from(`Delivered-To: ${address}\r\n`)
  const source = await joined([marker, () => withoutFirstLine(contentOf(own, info).open())])
  try {
    await own.engine.blobs.put(name, source, await own.envelopes.prepare(id, leaving))
  } catch (error) {
    if (!(error instanceof BlobExistsError)) throw error // passed on before, by a version that marks it otherwise
  }
}

/** Return-Path is the first line of our trace, and belongs to the end of a message's way alone (RFC 5321 §4.4). */
async function* withoutFirstLine(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const chunk of chunks) {
    const end = isFirst ? chunk.indexOf(0x0a) : -1
    if (isFirst && end < 0) continue
    isFirst = false
    yield end < 0 ? chunk : chunk.subarray(end + 1)
  }
}

/** It has been here for this address before, or anywhere too often. */
function isLooping(header: Uint8Array, address: string): boolean {
  const fields = fieldsByName(parseHeader(header))
  if ((fields.get('received')?.length ?? 0) > MOST_HOPS) return true
  const own = foldLocalPart(address)
  return (fields.get('delivered-to') ?? []).some(
    (field) => foldLocalPart(Buffer.from(unfoldedValue(header, field), 'latin1').toString('utf8')) === own,
  )
}

function isDelivered(recipient: Recipient): boolean {
  return recipient.accounts.length > 0 && recipient.notify?.includes('SUCCESS') === true
}

function isExpanded({ accounts, forwards = [], notify }: Recipient): boolean {
  return accounts.length === 0 && forwards.length > 1 && notify?.includes('SUCCESS') === true
}

function wants({ notify }: Recipient, event: 'FAILURE'): boolean {
  return notify === undefined || notify.includes(event)
}
