/** A house to test in: the real embedded engine on a folder of its own, with the demonstration's tenant and people. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedEngine, type EmbeddedOptions, openEmbeddedEngine } from '../shared/engines/embedded/engine.ts'
import { acceptMessage } from '../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../shared/flows/arrivals/index-message.ts'
import { appendMessages } from '../shared/flows/mailboxes/append-messages.ts'
import { sendMessage } from '../shared/flows/outgoing/send-message.ts'
import type { JobServices } from '../shared/flows/upkeep/run-job.ts'
import { openWebhookSender } from '../shared/flows/webhooks/deliver-webhook.ts'
import { flagsOf } from '../shared/mailbox/flags.ts'
import type { AccountId, MailboxId, TenantId } from '../shared/mailbox/ids.ts'
import { sourceOf } from '../shared/ports/blob-source.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { readLimits } from '../shared/settings.ts'
import { openStore, type Store, type TenantStore } from '../shared/store/store.ts'
import { guardedPost } from '../shared/transport/guarded-post.ts'

export const DEMO = 'demo' as TenantId
export const PASSWORD = 'tubepost-demo'
export const SCAN = { mimeLevels: 100, mimeParts: 10_000 }

/** For jobs; webhooks may lead to this machine. */
export const JOBS: JobServices = {
  ...SCAN,
  webhooks: openWebhookSender(guardedPost({ dns: { resolve: async () => [] }, loopback: true }), readLimits({})),
}

export interface House {
  engine: EmbeddedEngine
  store: Store
  demo: TenantStore
  alice: AccountId
  bob: AccountId
  /** alice's INBOX. */
  inbox: MailboxId
  clock: SettableClock
  close(): Promise<void>
}

/** Real time, moved by as much as a test wants. */
export interface SettableClock extends Clock {
  advance(ms: number): void
}

export function settableClock(): SettableClock {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms)
        signal?.addEventListener('abort', () => {
          clearTimeout(timer)
          reject(signal.reason)
        })
      }),
    advance: (ms) => {
      ahead += ms
    },
  }
}

export async function openHouse(options: Partial<EmbeddedOptions> = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-test-'))
  const clock = settableClock()
  const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' }, clock, ...options })
  const store = openStore(engine)
  await store.directory.createTenant(DEMO, 'Demonstration')
  await store.directory.addDomain(DEMO, 'demo.test', { verified: true })
  const alice = await store.directory.createAccount(DEMO, { localPart: 'alice', domain: 'demo.test' }, PASSWORD)
  const bob = await store.directory.createAccount(DEMO, { localPart: 'bob', domain: 'demo.test' }, PASSWORD)
  const demo = store.tenant(DEMO)
  const inbox = await demo.mailboxes.mailbox(alice, ['INBOX'])
  const close = async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { engine, store, demo, alice, bob, inbox, clock, close }
}

export function message(subject: string, text = 'Hello.\r\n', fields = ''): Uint8Array {
  return Buffer.from(`From: sender@example.net\r\nTo: alice@demo.test\r\nSubject: ${subject}\r\n${fields}\r\n${text}`)
}

/** As SMTP would: accepted for these accounts of the demo tenant. */
export function arrive(house: House, accounts: readonly AccountId[], octets: Uint8Array): Promise<string> {
  const recipients = accounts.map((account) => ({ tenant: DEMO, address: `${account}@demo.test`, accounts: [account] }))
  const client = { helo: 'example.net', remoteAddress: '192.0.2.1', hostName: 'mx.demo.test', protocol: 'ESMTP' }
  const transaction = { reversePath: 'sender@example.net', recipients, body: '7BIT', smtputf8: false, client } as const
  return acceptMessage(house.store, transaction, sourceOf(octets))
}

/** Works off what the queues hold now: arrivals into mailboxes, the outbox on its way. */
export async function settleQueues({ engine, store }: House): Promise<void> {
  for (const [name, work] of [
    ['outgoing', (blob: string) => sendMessage(store, blob, { hostName: 'mx.demo.test' })],
    ['arrivals', (blob: string) => indexMessage(store, blob, SCAN)],
  ] as const) {
    const queue = engine.queues[name]
    for (;;) {
      const messages = await queue.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
      if (messages.length === 0) break
      for (const { body, receipt } of messages) {
        await work(JSON.parse(body).name)
        await queue.delete(receipt)
      }
    }
  }
}

/** Appends so many small messages to a mailbox, in as few commits as an append takes. */
export async function fill(
  house: House,
  mailbox: MailboxId,
  count: number,
  flags: readonly string[] = [],
): Promise<void> {
  for (let at = 0; at < count; at += 90) {
    const messages = Array.from({ length: Math.min(90, count - at) }, (_, index) => ({
      source: sourceOf(message(`message ${at + index + 1}`)),
      flags: flagsOf(flags),
    }))
    await appendMessages(house.demo, mailbox, messages, SCAN)
  }
}
