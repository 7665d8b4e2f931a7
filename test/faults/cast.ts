/** Who is on every road: two tenants with their people, and how mail is sent to them. */
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { flagsOf } from '../../shared/mailbox/flags.ts'
import { type AccountId, type TenantId, tenantOf } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import type { Store } from '../../shared/store/store.ts'
import { DEMO, message, PASSWORD, SCAN } from '../house.ts'
import type { Ledger } from './ledger.ts'
import { HOST_NAME, type World } from './world.ts'

export const OTHER = 'other' as TenantId
export const TENANTS = [DEMO, OTHER]

export interface Cast {
  alice: AccountId
  bob: AccountId
  /** Of the other tenant. */
  carol: AccountId
}

export async function makeCast(store: Store): Promise<Cast> {
  const { directory } = store
  await directory.createTenant(DEMO, 'Demonstration')
  await directory.createTenant(OTHER, 'Other')
  await directory.addDomain(DEMO, 'demo.test', { verified: true })
  await directory.addDomain(OTHER, 'other.test', { verified: true })
  const alice = await directory.createAccount(DEMO, { localPart: 'alice', domain: 'demo.test' }, PASSWORD)
  const bob = await directory.createAccount(DEMO, { localPart: 'bob', domain: 'demo.test' }, PASSWORD)
  const carol = await directory.createAccount(OTHER, { localPart: 'carol', domain: 'other.test' }, PASSWORD)
  return { alice, bob, carol }
}

export const CLIENT = { helo: 'example.net', remoteAddress: '192.0.2.1', hostName: HOST_NAME, protocol: 'ESMTP' }

/** One SMTP transaction for these recipients, in the order given. */
export function accept(
  store: Store,
  octets: Uint8Array,
  recipients: readonly { address: string; account: AccountId }[],
): Promise<string> {
  const transaction = {
    reversePath: 'sender@example.net',
    recipients: recipients.map(({ address, account }) => ({ address, tenant: tenantOf(account), accounts: [account] })),
    body: '7BIT',
    smtputf8: false,
    client: CLIENT,
  } as const
  return acceptMessage(store, transaction, sourceOf(octets))
}

/** A sender that sends again, as another message, until it reads 250. */
export async function deliver(
  world: World,
  ledger: Ledger,
  what: string,
  recipients: readonly { address: string; account: AccountId }[],
): Promise<void> {
  const accounts = [...new Set(recipients.map(({ account }) => account))]
  await world.step(what, async (store, tries) => {
    const octets = message(`${what}, try ${tries}`)
    const acknowledged = ledger.sending(`${what} (try ${tries})`, octets, accounts)
    await accept(store, octets, recipients)
    acknowledged()
  })
}

/** For preparations: accepted and indexed; the event stays where it is. */
export async function receive(
  store: Store,
  octets: Uint8Array,
  recipients: readonly { address: string; account: AccountId }[],
): Promise<void> {
  const id = await accept(store, octets, recipients)
  await indexMessage(store, `raw/${tenantOf(recipients.at(-1)!.account)}/${id}`, SCAN)
}

export async function receiveMany(store: Store, account: AccountId, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    await receive(store, message(`prepared ${n}`), [{ address: 'someone@demo.test', account }])
  }
}

export async function append(
  store: Store,
  account: AccountId,
  path: readonly string[],
  messages: readonly Uint8Array[],
  flags: readonly string[] = [],
) {
  const own = store.tenant(tenantOf(account))
  const mailbox = await own.mailboxes.mailbox(account, path)
  const appended = messages.map((octets) => ({ source: sourceOf(octets), flags: flagsOf(flags) }))
  return appendMessages(own, mailbox, appended, SCAN)
}
