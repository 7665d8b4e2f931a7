import { parsePathAddress } from '../codec/smtp/address.ts'
import type { Envelope, Recipient } from '../mailbox/envelope.ts'
import type { RelayDsn, RelayOutcome } from '../ports/relay.ts'
import type { Store, TenantStore } from '../store/store.ts'
import { contentOf, type Kept } from './report-to-sender.ts'

/** Hands a message to the relay, for as many recipients at a time as it takes. Throws where none of them was handed over. */
export async function relayMessage(
  store: Store,
  own: TenantStore,
  { content, info, envelope }: Kept,
  recipients: readonly Recipient[],
): Promise<RelayOutcome[]> {
  const { relay } = store.engine
  const { reversePath, smtputf8, body, requireTls } = envelope
  const domain = reversePath === '' ? undefined : parsePathAddress(reversePath).domain
  const message = {
    id: content,
    tenant: own.tenant,
    reversePath,
    content: contentOf(own, info),
    smtputf8,
    body,
    ...(requireTls && { tls: 'always' as const }),
    ...(domain !== undefined && { signingDomain: domain }),
  }
  const outcomes: RelayOutcome[] = []
  const { maxRecipients } = relay.carries
  for (let at = 0; at < recipients.length; at += maxRecipients) {
    const slice = recipients.slice(at, at + maxRecipients)
    const dsn = dsnOf(envelope, slice)
    const to = { recipients: slice.map(({ address }) => address), ...(dsn !== undefined && { dsn }) }
    try {
      outcomes.push(...(await relay.send({ ...message, ...to })).outcomes)
    } catch (error) {
      if (outcomes.length === 0) throw error
      const reply = '451 4.4.1 The relay does not answer'
      outcomes.push(
        ...recipients.slice(at).map(({ address }) => ({ recipient: address, outcome: 'deferred' as const, reply })),
      )
      break
    }
  }
  return outcomes
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
