import { formatAuthenticationResults } from '../codec/mime/authentication-results.ts'
import { ParseError } from '../codec/parse-error.ts'
import { parsePathAddress } from '../codec/smtp/address.ts'
import { ReceivedCount } from '../codec/smtp/received-count.ts'
import { log } from '../log.ts'
import type { BlobSource } from '../ports/blobs.ts'
import type { Door, DoorMessage, DoorNotice } from '../ports/door.ts'
import type { SpoolWriter } from '../ports/spool.ts'
import type { Limits } from '../settings.ts'
import type { Store } from '../store/store.ts'
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
  const recipients = await localRecipients(store, notice)
  const taken = recipients.length > 0 && (await takeOver(store, message, notice, recipients, settings))
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

/**
 * Those that RCPT would have taken (RFC 5321 §4.1.1.3). The sender was answered 250 for the others by somebody who did not know better; they are
 * told nobody: a notice to a reverse-path that anybody can have written would go to strangers (RFC 3834 §4).
 */
async function localRecipients(store: Store, { name, recipients }: DoorNotice): Promise<LocalRecipient[]> {
  const local: LocalRecipient[] = []
  for (const written of recipients) {
    const address = parsable(written)
    const resolution = address === undefined ? undefined : await store.directory.resolve(parsePathAddress(address))
    if (resolution?.kind !== 'local') {
      log.warn('door-recipient-dropped', { name, why: resolution?.kind ?? 'no-address' })
      continue
    }
    const { tenant, accounts, forwards } = resolution
    local.push({ address: written, tenant, accounts, ...(forwards.length > 0 && { forwards }) })
  }
  return local
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
