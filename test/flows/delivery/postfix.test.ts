/** A real Postfix on both sides of the house: the smarthost that takes what leaves, and the client that brings what comes. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { simpleParser } from 'mailparser'
import { smarthostRelay } from '../../../shared/engines/embedded/relay-smarthost.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Relay } from '../../../shared/ports/relay.ts'
import { refuseSmtp, serveSmtp } from '../../../shared/servers/smtp/serve-smtp.ts'
import { readLimits } from '../../../shared/settings.ts'
import { makeCertificates } from '../../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../../shared/transport/self-signed.ts'
import { listen } from '../../../shared/transport/tcp.ts'
import { DEMO, type House, message } from '../../house.ts'
import { noPostfix } from '../../postfix.ts'
import { HOST_NAME, messagesIn, openDeliveryHouse, startSmarthost, submit, workOff } from './delivery-house.ts'
import { startRelayingPostfix } from './relaying-postfix.ts'

const DEADLINE_MS = 30_000

/** Port 25 of the house. */
async function openDoor(test: TestContext, { store }: House): Promise<number> {
  const limits = readLimits({})
  const certificates = makeCertificates([await makeSelfSigned(['localhost'], Date.now())])
  const services = { store, role: 'mx', limits, hostName: HOST_NAME, allowPlaintext: () => true } as const
  const serve: Parameters<typeof listen>[0]['serve'] = (connection) => serveSmtp(connection, services)
  const door = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: 'starttls',
    certificates,
    limits,
    lingerMs: 200,
    serve,
    refuse: refuseSmtp,
  })
  test.after(() => door.drain({ graceMs: 1000 }))
  return door.port
}

async function until(
  house: House,
  isReached: () => boolean | Promise<boolean>,
  log: () => Promise<string>,
): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await isReached())) {
    if (Date.now() > deadline) throw new Error(`not in time:\n${await log()}`)
    await workOff(house)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

it('a real Postfix relays out and in, with what senders want to be told', {
  skip: (await noPostfix()) ?? false,
}, async (t) => {
  const world = await startSmarthost(t, {
    rcpt: (address) => (address.startsWith('no') ? [550, '5.1.1 nobody'] : undefined),
    options: { hideDSN: true },
  })
  let smarthost: Relay | undefined
  const relay: Relay = {
    carries: { maxOctets: 1e7, maxRecipients: 100, eightBit: true, smtputf8: true },
    send: (one) => smarthost!.send(one),
  }
  const house = await openDeliveryHouse(t, { relay })
  const doorPort = await openDoor(t, house)
  const postfix = await startRelayingPostfix({ 'world.test': Number(new URL(world.url).port), 'demo.test': doorPort })
  t.after(() => postfix.stop())
  const url = `smtp://127.0.0.1:${postfix.port}`
  smarthost = smarthostRelay({ url, hostName: HOST_NAME, maxOctets: 1e7, timeoutMs: 10_000 })
  await house.store.aliases.add(
    DEMO,
    { localPart: 'away', domain: 'demo.test' },
    { accounts: [], forwards: ['friend@world.test'] },
  )

  const recipients = [
    { address: 'yes@world.test', notify: ['SUCCESS'] as const, originalRecipient: 'rfc822;yes+1@world.test' },
    { address: 'no@world.test' },
  ]
  await submit(house, recipients, message('out by Postfix', 'Grüße\r\n'), { body: '8BITMIME', envid: 'ENV1' })
  // Postfix reports both fates to alice, through our own door.
  await until(house, async () => (await messagesIn(house, house.inbox)).length === 2, postfix.log)
  const reports = await Promise.all(
    (await messagesIn(house, house.inbox)).map((octets) => simpleParser(octets, { keepDeliveryStatus: true })),
  )
  const statuses = reports
    .map((report) =>
      String(report.attachments.find(({ contentType }) => contentType === 'message/delivery-status')?.content),
    )
    .sort()
  assert.match(
    statuses.find((status) => status.includes('yes@'))!,
    /Original-Envelope-Id: ENV1[\s\S]*Original-Recipient: rfc822; ?yes\+1@world\.test[\s\S]*Action: relayed/i,
  )
  assert.match(statuses.find((status) => status.includes('no@'))!, /Action: failed/)
  assert.deepEqual(
    world.received.map(({ recipients: to }) => to.map(({ address }) => address)),
    [['yes@world.test']],
  )
  assert.ok(world.received[0]!.octets.includes(Buffer.from('Grüße')))

  // In by Postfix: to a mailbox, and to an address that forwards out by Postfix again.
  const arriving = {
    id: 'in',
    tenant: 'world',
    reversePath: 'stranger@world.test',
    recipients: ['bob@demo.test', 'away@demo.test'],
    smtputf8: false,
  }
  await smarthost.send({ ...arriving, content: sourceOf(message('in by Postfix')) })
  const bobs = await house.demo.mailboxes.mailbox(house.bob, ['INBOX'])
  await until(
    house,
    async () => world.received.length === 2 && (await messagesIn(house, bobs)).length === 1,
    postfix.log,
  )
  assert.match(String((await messagesIn(house, bobs))[0]), /Received: from relay\.example/)
  assert.match(world.received[1]!.from, /^SRS0=.*=world\.test=stranger@demo\.test$/)
})
