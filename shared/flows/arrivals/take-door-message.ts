import { formatAuthenticationResults } from '../../codec/mime/authentication-results.ts'
import { ParseError } from '../../codec/parse-error.ts'
import { parsePathAddress } from '../../codec/smtp/address.ts'
import { ReceivedCount } from '../../codec/smtp/received-count.ts'
import { log } from '../../log.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { Door, DoorMessage, DoorNotice } from '../../ports/door.ts'
import type { SpoolWriter } from '../../ports/spool.ts'
import type { Limits } from '../../settings.ts'
import type { ReportedRecipient } from '../../store/outbound.ts'
import type { Store } from '../../store/store.ts'
import { HEADER_OCTETS, reportOn } from '../outgoing/report-to-sender.ts'
import { countReceived } from '../tenants/tenant-quota.ts'
import { acceptMessage, type LocalRecipient } from './accept-message.ts'
import { repeatableContentId } from './repeatable-content-id.ts'

/** `gone`: it was taken over before. `dropped`: nobody here wants it. */
export type DoorOutcome = 'taken' | 'dropped' | 'gone'

export interface DoorSettings {
  hostName: string
  limits: Pick<Limits, 'spoolMemoryOctets' | 'receivedLines'>
}

/**
 * A message at the door becomes an arrival, with the same trace and the same checks as one that came by SMTP. Called at least once for each: a
 * repeat makes the same objects. The object at the door is deleted when ours are there.
 */
export async function takeDoorMessage(
  store: Store,
  door: Door,
  notice: DoorNotice,
  settings: DoorSettings,
): Promise<DoorOutcome> {
  const message = await door.open(notice.name)
  if (message === undefined) return 'gone'
  const { recipients, limited, refused } = await resolveRecipients(store, notice)
  const taken = recipients.length > 0 && (await takeOver(store, message, notice, recipients, settings))
  // SES has answered 250, so that it is taken over even past a limit; what comes by SMTP is refused then.
  if (taken) for (const tenant of limited) await countReceived(store, tenant, settings.hostName)
  if (refused.length > 0) await tellOfRefused(store, door, notice, refused, settings)
  await door.delete(notice.name)
  return taken ? 'taken' : 'dropped'
}

/** False where it loops. */
async function takeOver(
  store: Store,
  message: DoorMessage,
  notice: DoorNotice,
  recipients: LocalRecipient[],
  { hostName, limits }: DoorSettings,
): Promise<boolean> {
  const { name, id, receivedAt, results, unwanted } = notice
  const writer = store.engine.spool.create({ memoryOctets: limits.spoolMemoryOctets })
  try {
    const received = new ReceivedCount()
    const source = await spooled(writer, message, received)
    if (received.count > limits.receivedLines) {
      log.warn('door-message-loops', { name, received: received.count })
      return false
    }
    await acceptMessage(
      store,
      {
        reversePath: parsable(notice.reversePath) ?? '',
        recipients,
        body: '8BITMIME',
        smtputf8: false,
        // Who the client was is in the field that SES wrote, just below.
        client: { helo: 'amazonses.com', remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' },
        traceFields: [formatAuthenticationResults(hostName, results)],
        ...(unwanted && { junk: new Set(recipients.map(({ tenant }) => tenant)) }),
        repeatable: { content: repeatableContentId(id, receivedAt), receivedAt },
      },
      source,
    )
    return true
  } finally {
    await writer.discard()
  }
}

async function spooled(
  writer: SpoolWriter,
  { length, content }: DoorMessage,
  seen: ReceivedCount,
): Promise<BlobSource> {
  for await (const chunk of content) {
    seen.add(chunk)
    await writer.write(chunk)
  }
  const source = await writer.finish()
  if (source.length !== length) throw new Error(`${source.length} octets of ${length} came`)
  return source
}

interface Refused {
  tenant: TenantId
  recipient: ReportedRecipient
}

/** Those that RCPT would have taken, and those that it would have refused (RFC 5321 §4.1.1.3): the sender was answered 250 by somebody who did not know. */
async function resolveRecipients(
  store: Store,
  { name, recipients }: DoorNotice,
): Promise<{ recipients: LocalRecipient[]; limited: Set<TenantId>; refused: Refused[] }> {
  const local: LocalRecipient[] = []
  const limited = new Set<TenantId>()
  const refused: Refused[] = []
  for (const written of recipients) {
    const address = parsable(written)
    const resolution = address === undefined ? undefined : await store.directory.resolve(parsePathAddress(address))
    if (resolution?.kind === 'local') {
      const { tenant, accounts, forwards } = resolution
      if (resolution.limited) limited.add(tenant)
      local.push({ address: written, tenant, accounts, ...(forwards.length > 0 && { forwards }) })
      continue
    }
    log.warn('door-recipient-dropped', { name, why: resolution?.kind ?? 'no-address' })
    const action = 'failed'
    if (resolution?.kind === 'no-such-address') {
      const reply = '550 5.1.1 No such address here'
      refused.push({ tenant: resolution.tenant, recipient: { recipient: written, action, reply } })
    } else if (resolution?.kind === 'moved') {
      const reply = `551 5.1.6 Please try <${resolution.to}>`
      refused.push({ tenant: resolution.tenant, recipient: { recipient: written, action, reply } })
    }
  }
  return { recipients: local, limited, refused }
}

/**
 * A notice for each tenant whose addresses there are not. Only where SPF speaks for the reverse-path, which anybody can have written, and once a
 * week to each: no stranger hears from us of what was forged (RFC 3834 §4). Repeatable.
 */
async function tellOfRefused(
  store: Store,
  door: Door,
  { name, id, receivedAt, reversePath, results, unwanted }: DoorNotice,
  refused: readonly Refused[],
  { hostName }: DoorSettings,
): Promise<void> {
  const isTheirs = results.some(({ method, result }) => method === 'spf' && result === 'pass')
  const sender = parsable(reversePath)
  if (sender === undefined || !isTheirs || unwanted) return
  const content = repeatableContentId(id, receivedAt)
  for (const [tenant, ones] of Map.groupBy(refused, (one) => one.tenant)) {
    const own = store.tenant(tenant)
    if (!(await own.toldSenders.claim(sender, content))) continue
    const envelope = {
      origin: 'arrival',
      reversePath: sender,
      receivedAt,
      body: '8BITMIME',
      smtputf8: false,
      recipients: ones.map(({ recipient }) => ({ address: recipient.recipient, accounts: [] })),
    } as const
    const head = await headOf(door, name)
    const report = { number: 0, at: receivedAt, recipients: ones.map(({ recipient }) => recipient) }
    await reportOn(store, own, { content, envelope, head }, report, { hostName })
  }
}

async function headOf(door: Door, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of (await door.open(name))?.content ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= HEADER_OCTETS) break
  }
  return Buffer.concat(chunks).subarray(0, HEADER_OCTETS)
}

/** Undefined for what is no address, as sources of bounces are. */
function parsable(address: string): string | undefined {
  try {
    parsePathAddress(address)
    return address
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
