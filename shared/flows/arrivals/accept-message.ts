import type { Envelope, Recipient } from '../../mailbox/envelope.ts'
import type { ContentId, TenantId } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { contentName } from '../../store/keys.ts'
import type { Store } from '../../store/store.ts'
import { formatTrace, type TraceInput } from './trace.ts'
import { prefixedWithoutForgedResults } from './without-forged-results.ts'

/** A recipient that was answered 250 at RCPT, of one tenant. */
export interface LocalRecipient extends Recipient {
  tenant: TenantId
}

export interface AcceptedTransaction {
  reversePath: string
  recipients: readonly LocalRecipient[]
  body: Envelope['body']
  smtputf8: boolean
  client: Pick<TraceInput, 'helo' | 'remoteAddress' | 'hostName' | 'protocol'>
  requireTls?: boolean
  ret?: Envelope['ret']
  envid?: string
  /** Further trace fields, each with its CR LF. */
  traceFields?: readonly string[]
  /** Tenants whose copies go to Junk. */
  junk?: ReadonlySet<TenantId>
  /** For what may be accepted again after a crash: the same message then makes the same objects. */
  repeatable?: { content: ContentId; receivedAt: number }
}

/**
 * Takes a message over: once it resolves, it is ours to deliver (RFC 5321 §6.1), and the client may read 250. One object a tenant; of several,
 * each but the last names the last, which makes them one: they are delivered when it exists. Authentication-Results fields in our own name that
 * came with the message are not kept (RFC 8601 §5). Returns the id for the reply and the log.
 * Throws where nothing may be acknowledged.
 */
export async function acceptMessage(
  store: Store,
  transaction: AcceptedTransaction,
  source: BlobSource,
): Promise<string> {
  const { ids, clock } = store.engine
  const tenants = [...new Set(transaction.recipients.map(({ tenant }) => tenant))]
  const objects = tenants.map((tenant) => ({ tenant, content: transaction.repeatable?.content ?? ids.content() }))
  const last = objects.at(-1)!
  const id = last.content
  const receivedAt = transaction.repeatable?.receivedAt ?? clock.now()
  const { reversePath, body, smtputf8, client, requireTls, ret, envid, traceFields = [], junk } = transaction
  const trace = formatTrace({ ...client, reversePath, id, receivedAt, fields: traceFields })
  const { object, removedOctets } = await prefixedWithoutForgedResults(trace, source, client.hostName)
  for (const { tenant, content } of objects) {
    const own = store.tenant(tenant)
    const recipients = transaction.recipients.filter((recipient) => recipient.tenant === tenant)
    const envelope: Envelope = {
      origin: 'arrival',
      reversePath,
      recipients: recipients.map(({ tenant: _known, ...recipient }) => recipient),
      receivedAt,
      body,
      smtputf8,
      traceOctets: trace.length,
      receivedSha256: source.sha256,
      hostName: client.hostName,
      ...(requireTls && { requireTls }),
      ...(ret !== undefined && { ret }),
      ...(envid !== undefined && { envid }),
      ...(removedOctets > 0 && { removedOctets }),
      ...(junk?.has(tenant) && { junk: true as const }),
      ...(tenant !== last.tenant && { after: contentName(last.tenant, last.content) }),
    }
    await own.engine.blobs.put(contentName(tenant, content), object, await own.envelopes.prepare(content, envelope))
  }
  return id
}
