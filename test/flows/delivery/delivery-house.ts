/** A house whose relay is a smarthost of ours that refuses and breaks off as a test wants, with hands that work its queues off. */
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { parsePathAddress } from '../../../shared/codec/smtp/address.ts'
import type { EmbeddedOptions } from '../../../shared/engines/embedded/engine.ts'
import { acceptMessage } from '../../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../../shared/flows/arrivals/index-message.ts'
import { sendMessage } from '../../../shared/flows/outgoing/send-message.ts'
import { type Submission, submitMessage } from '../../../shared/flows/outgoing/submit-message.ts'
import type { MailboxId } from '../../../shared/mailbox/ids.ts'
import { readWhole, sourceOf } from '../../../shared/ports/blob-source.ts'
import { contentName } from '../../../shared/store/keys.ts'
import { DEMO, type House, openHouse, SCAN } from '../../house.ts'

export const HOST_NAME = 'mx.demo.test'
export const CLIENT = { helo: 'client.test', remoteAddress: '192.0.2.1', hostName: HOST_NAME, protocol: 'ESMTP' }

export interface Transaction {
  from: string
  mailArgs: Record<string, string | true>
  recipients: { address: string; args: Record<string, string | true> }[]
  octets: Buffer
}

/** What the smarthost answers: a reply with its code, or nothing to take it. */
export interface Script {
  rcpt?: (address: string) => [code: number, text: string] | undefined
  data?: () => [code: number, text: string] | undefined
  options?: SMTPServerOptions
}

export async function startSmarthost(test: TestContext, script: Script = {}) {
  const received: Transaction[] = []
  const refusal = ([code, text]: [number, string]) => Object.assign(new Error(text), { responseCode: code })
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    hideDSN: false,
    onRcptTo({ address }, _session, done) {
      const answer = script.rcpt?.(address)
      done(answer && refusal(answer))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const answer = script.data?.()
        if (answer) return done(refusal(answer))
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom ? mailFrom.address : '',
          mailArgs: (mailFrom && (mailFrom.args as Transaction['mailArgs'])) || {},
          recipients: rcptTo.map(({ address, args }) => ({ address, args: (args as Transaction['mailArgs']) || {} })),
          octets: Buffer.concat(chunks),
        })
        done(null, 'kept')
      })
    },
    ...script.options,
  })
  server.on('error', () => {}) // of connections that a test breaks off
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  test.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { received, script, url: `smtp://127.0.0.1:${port}` }
}

export async function openDeliveryHouse(test: TestContext, options: Partial<EmbeddedOptions> = {}): Promise<House> {
  const house = await openHouse({ hostName: HOST_NAME, ...options })
  test.after(() => house.close())
  return house
}

export function submit(
  house: House,
  recipients: Submission['recipients'],
  octets: Uint8Array,
  more: Partial<Submission> = {},
) {
  const submission: Submission = {
    tenant: DEMO,
    account: house.alice,
    reversePath: 'alice@demo.test',
    recipients,
    leavesTheHouse: true,
    body: '7BIT',
    smtputf8: false,
    client: CLIENT,
    ...more,
  }
  return submitMessage(house.store, submission, sourceOf(octets))
}

/** As the door would: each recipient by where its address leads. Throws where one leads nowhere. */
export async function receive(
  house: House,
  recipients: readonly (string | { address: string; notify: ('SUCCESS' | 'FAILURE' | 'DELAY')[] })[],
  octets: Uint8Array,
  more: { reversePath?: string; traceFields?: string[]; envid?: string } = {},
): Promise<string> {
  const accepted = await Promise.all(
    recipients.map(async (one) => {
      const recipient = typeof one === 'string' ? { address: one } : one
      const resolution = await house.store.directory.resolve(parsePathAddress(recipient.address))
      if (resolution.kind !== 'local') throw new Error(`${recipient.address}: ${resolution.kind}`)
      const { tenant, accounts, forwards } = resolution
      return { ...recipient, tenant, accounts, ...(forwards.length > 0 && { forwards }) }
    }),
  )
  const transaction = {
    reversePath: 'sender@example.net',
    recipients: accepted,
    body: '7BIT',
    smtputf8: false,
  } as const
  return acceptMessage(house.store, { ...transaction, client: CLIENT, ...more }, sourceOf(octets))
}

/** Until nothing is due: arrivals into mailboxes, the outbox on its way, retries put back for later. */
export async function workOff({ engine, store }: House, { twice = false } = {}): Promise<void> {
  const works = {
    arrivals: async (name: string) => (await indexMessage(store, name, SCAN)) === 'wait' && 30,
    outgoing: async (name: string) => {
      const outcome = await sendMessage(store, name, { hostName: HOST_NAME })
      return outcome.kind === 'retry' && outcome.delaySeconds
    },
  } as const
  for (let idle = 0; idle < 2; ) {
    idle += 1
    for (const name of ['arrivals', 'outgoing'] as const) {
      const messages = await engine.queues[name].receive({ max: 10, visibilitySeconds: 900, waitSeconds: 0 })
      for (const { body, receipt } of messages) {
        idle = 0
        const object = (JSON.parse(body) as { name: string }).name
        let again = await works[name](object)
        if (twice) again = await works[name](object)
        if (again === false) await engine.queues[name].delete(receipt)
        else await engine.queues[name].retry(receipt, again)
      }
    }
  }
}

/** Every message of a mailbox, octets and all, in the order of their UIDs. */
export async function messagesIn({ demo, store }: House, mailbox: MailboxId): Promise<Buffer[]> {
  const own = mailbox.startsWith(`${DEMO}/`) ? demo : store.tenant(mailbox.split('/')[0] as never)
  return own.replicas.use(mailbox, async ({ messages }) => {
    const octets: Buffer[] = []
    for (let row = 0; row < messages.count; row++) {
      octets.push(Buffer.from((await readWhole(own.engine.blobs, contentName(own.tenant, messages.contentAt(row))))!))
    }
    return octets
  })
}
