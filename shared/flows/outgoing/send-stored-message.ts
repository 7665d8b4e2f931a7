import { isAscii } from 'node:buffer'
import { createHash } from 'node:crypto'
import { HeaderFilter } from '../../codec/mime/header-filter.ts'
import { hasNonAscii, parsePathAddress } from '../../codec/smtp/address.ts'
import type { Address } from '../../mailbox/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, type ContentId, tenantOf } from '../../mailbox/ids.ts'
import { readWhole } from '../../ports/blob-source.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { contentName, scheduledName } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { HeldMessage, Submission } from '../../store/submissions.ts'
import { takeSending } from '../tenants/tenant-quota.ts'
import { requestSubmissionRelease, submitReleased } from './release-submission.ts'
import { requireOwnSenders } from './require-own-senders.ts'
import { requireCarried } from './submit-message.ts'

/** What of the message is not found out of the message. */
export type StoredEnvelope = Omit<HeldMessage, 'body' | 'smtputf8' | 'leavesTheHouse'>

export interface StoredLimits {
  messageOctets: number
  /** Recipients that an account may send to in an hour. */
  recipientsPerAccount: number
}

/**
 * Sends a message that the account keeps (RFC 8621 §7): at once, or when its time has come, with its octets as they are now. Bcc stays with the
 * sender, and so does our own trace. Throws MailError 'no-such-message', 'not-allowed' (a sender that is not
 * the account's), 'too-large', 'not-carried', 'suspended', and
 * what `takeSending` throws.
 */
export async function sendStoredMessage(
  store: Store,
  account: AccountId,
  submission: Submission,
  envelope: StoredEnvelope,
  limits: StoredLimits,
): Promise<void> {
  const own = store.tenant(tenantOf(account))
  const { source, nonAsciiHeader, eightBit } = await outgoing(own, submission.emailId as ContentId)
  if (source.length > limits.messageOctets) throw new MailError('too-large', `${source.length} octets`)
  await requireOwnSenders(store, { account }, source)
  const addresses = [envelope.reversePath, ...envelope.recipients.map(({ address }) => address)]
  const resolutions = await Promise.all(
    envelope.recipients.map(({ address }) => store.directory.resolve(parsePathAddress(address))),
  )
  const held: HeldMessage = {
    ...envelope,
    leavesTheHouse: resolutions.some(({ kind }) => kind === 'foreign-domain'),
    body: eightBit ? '8BITMIME' : '7BIT',
    smtputf8: nonAsciiHeader || addresses.some(hasNonAscii),
  }
  if (held.leavesTheHouse) requireCarried(held, source, store.engine.relay.carries)
  if ((await store.tenants.get(own.tenant))?.suspended) throw new MailError('suspended', own.tenant)
  const { recipientsPerAccount } = limits
  const { hostName, recipients } = envelope
  await takeSending(store, own.tenant, { account, recipients: recipients.length, recipientsPerAccount, hostName })
  const { id, sendAt, state } = submission
  if (state !== 'held') {
    await submitReleased(store, account, id, sendAt, held, source)
    await own.submissions.create(account, submission)
    return
  }
  // The job is there before what it works on: then no crash leaves a message that nobody sends, or octets that nobody takes away.
  await requestSubmissionRelease(store, account, id, sendAt)
  await own.engine.blobs.put(scheduledName(own.tenant, id), source)
  await own.submissions.create(account, submission, held)
}

interface Outgoing {
  source: BlobSource
  nonAsciiHeader: boolean
  eightBit: boolean
}

/** Read twice: for its length and digest, and when it is put. */
async function outgoing(own: TenantStore, content: ContentId): Promise<Outgoing> {
  const name = contentName(own.tenant, content)
  const info = await own.engine.blobs.head(name)
  if (info === undefined) throw new MailError('no-such-message', `content ${content} is gone`)
  const { origin, traceOctets } = await own.envelopes.of(info)
  // What came to us begins with our trace, which is of that way and not of this one.
  const start = origin === 'arrival' ? traceOctets : 0
  const { structure } = await own.views.get(content)
  const range = { start, end: structure.header.offset + structure.header.length }
  const header = (await readWhole(own.engine.blobs, name, range)) ?? new Uint8Array()
  async function* open(): AsyncGenerator<Uint8Array> {
    const filter = new HeaderFilter(new Set(['bcc']), () => false)
    for await (const chunk of own.contents.read(content, { start, end: info!.length })) yield* filter.write(chunk)
    yield* filter.end()
  }
  const hash = createHash('sha256')
  let length = 0
  let eightBit = false
  for await (const chunk of open()) {
    hash.update(chunk)
    length += chunk.length
    eightBit ||= !isAscii(chunk)
  }
  return { source: { length, sha256: hash.digest('hex'), open }, nonAsciiHeader: !isAscii(header), eightBit }
}

/** Recipients whom no message can reach, as RCPT would say (RFC 5321 §4.1.1.3). */
export async function unreachableAmong(store: Store, addresses: readonly Address[]): Promise<Address[]> {
  const resolutions = await Promise.all(addresses.map((address) => store.directory.resolve(address)))
  return addresses.filter((_, index) => ['no-such-address', 'moved'].includes(resolutions[index]!.kind))
}
