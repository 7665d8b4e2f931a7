import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simpleParser } from 'mailparser'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { formatSrs, readSrs } from '../../../shared/mailbox/srs.ts'
import type { Relay, RelayMessage } from '../../../shared/ports/relay.ts'
import { DEMO, type House, message } from '../../house.ts'
import { HOST_NAME, messagesIn, openDeliveryHouse, receive, startSmarthost, workOff } from './delivery-house.ts'

const OTHER = 'other' as TenantId

async function alias(
  house: House,
  localPart: string,
  targets: { accounts?: readonly never[]; forwards?: string[]; movedTo?: string },
) {
  await house.store.aliases.add(DEMO, { localPart, domain: 'demo.test' }, { accounts: [], forwards: [], ...targets })
}

function resolve(house: House, localPart: string) {
  return house.store.directory.resolve({ localPart, domain: 'demo.test' })
}

describe('where addresses lead', () => {
  it('follows aliases that lead to aliases, catch-alls and details, each target once', async (t) => {
    const house = await openDeliveryHouse(t)
    const { alice, bob } = house
    await alias(house, 'team', {
      forwards: ['Alice@demo.test', 'staff@demo.test', 'out@world.test', 'gone@nowhere.test'],
    })
    await alias(house, 'staff', {
      forwards: ['bob+work@demo.test', 'alice@demo.test', 'team@demo.test', 'out@world.test'],
    })
    await alias(house, 'ring', { forwards: ['gnir@demo.test'] })
    await alias(house, 'gnir', { forwards: ['ring@demo.test'] })
    await alias(house, 'moved', { movedTo: 'new@world.test' })
    await alias(house, 'passed', { movedTo: 'new@world.test', forwards: ['new@world.test'] })
    const team = await resolve(house, 'team')
    assert.ok(team.kind === 'local')
    assert.deepEqual([...team.accounts].sort(), [alice, bob].sort())
    assert.deepEqual([...team.forwards].sort(), ['gone@nowhere.test', 'out@world.test'])
    assert.equal((await resolve(house, 'ring')).kind, 'no-such-address')
    assert.deepEqual(await resolve(house, 'moved'), { kind: 'moved', tenant: DEMO, to: 'new@world.test' })
    const passed = await resolve(house, 'passed')
    assert.ok(passed.kind === 'local' && passed.movedTo === 'new@world.test')
    await alias(house, '*', { forwards: ['team@demo.test'] })
    const any = await resolve(house, 'anything')
    assert.ok(any.kind === 'local' && any.accounts.length === 2)
    assert.equal(
      (await resolve(house, 'SRS0=00=00=a.test=b')).kind,
      'no-such-address',
      'no catch-all for a forged return',
    )
  })

  it('reads once where there is nothing to follow', async (t) => {
    const house = await openDeliveryHouse(t)
    const { table } = house.engine
    let reads = 0
    const getMany = table.getMany.bind(table)
    table.getMany = (keys) => {
      reads += 1
      return getMany(keys)
    }
    await resolve(house, 'alice')
    await resolve(house, 'alice+detail')
    assert.equal(reads, 2)
  })

  it('takes a thousand recipients of several tenants in one transaction, each once', async (t) => {
    const house = await openDeliveryHouse(t)
    const { store, bob } = house
    await store.directory.createTenant(OTHER, 'Other')
    await store.directory.addDomain(OTHER, 'other.test', { verified: true })
    const carol = await store.directory.createAccount(OTHER, { localPart: 'carol', domain: 'other.test' }, 'x')
    const recipients = Array.from({ length: 1000 }, (_, n) => `${['alice', 'bob'][n % 2]}+${n}@demo.test`)
    recipients[999] = 'carol@other.test'
    await receive(house, recipients, message('to all'))
    await workOff(house, { twice: true })
    const bobs = await house.demo.mailboxes.mailbox(bob, ['INBOX'])
    const carols = await store.tenant(OTHER).mailboxes.mailbox(carol, ['INBOX'])
    for (const mailbox of [house.inbox, bobs, carols]) assert.equal((await messagesIn(house, mailbox)).length, 1)
  })
})

describe('SRS', () => {
  const secret = Buffer.from('secret')
  const now = Date.UTC(2026, 10, 23)
  const DAY_MS = 24 * 60 * 60 * 1000
  for (const address of [
    { localPart: 'a', domain: 'b.test' },
    { localPart: 'a=b+c', domain: 'b.test' },
    { localPart: 'a b', domain: 'b.test' },
    { localPart: 'grün', domain: 'xn--grn-ioa.test' },
  ]) {
    it(`leads back to ${address.localPart}`, () => {
      const local = formatSrs(secret, address, now)
      const quoted = address.localPart === 'a b' ? '"a b"' : address.localPart
      assert.equal(readSrs(secret, local, now + 20 * DAY_MS), `${quoted}@${address.domain}`)
      assert.equal(readSrs(secret, local.toLowerCase(), now), `${quoted}@${address.domain}`)
      assert.equal(readSrs(secret, local, now + 30 * DAY_MS), undefined, 'too old')
      assert.equal(readSrs(secret, local.replace(/.$/, 'x'), now), undefined, 'another address')
      assert.equal(readSrs(Buffer.from('other'), local, now), undefined, 'not ours')
    })
  }
  it('is no address for garbage', () => {
    for (const local of ['SRS0=', 'SRS0====', 'SRS0=x=y=z=', `SRS0=${'='.repeat(300)}`]) {
      assert.equal(readSrs(secret, local, now), undefined)
    }
  })
})

describe('forwarding', () => {
  it('leaves octets alone, once, under an address that leads a report back', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await alias(house, 'away', { forwards: ['one@world.test', 'two@world.test'] })
    const octets = message('on its way', 'As it is. \r\n', 'X-Odd:  kept \r\n\tas it is\r\n')
    await receive(house, ['away@demo.test', 'alice@demo.test'], octets)
    await workOff(house, { twice: true })
    assert.equal((await messagesIn(house, house.inbox)).length, 1)
    assert.equal(smarthost.received.length, 1)
    const [{ from, recipients, octets: sent }] = smarthost.received as [(typeof smarthost.received)[0]]
    assert.deepEqual(recipients.map(({ address }) => address).sort(), ['one@world.test', 'two@world.test'])
    assert.ok(sent.subarray(-octets.length).equals(octets), String(sent))
    assert.match(String(sent), /^Delivered-To: away@demo\.test\r\nReceived: /)
    assert.match(from, /^SRS0=[0-9a-f]{16}=[0-9a-v]{2}=example\.net=sender@demo\.test$/)

    await receive(house, [from], message('it bounced'), { reversePath: '' })
    await workOff(house, { twice: true })
    assert.deepEqual(
      smarthost.received.slice(1).map((one) => [one.from, one.recipients.map(({ address }) => address)]),
      [['', ['sender@example.net']]],
    )
  })

  it('is told of to the sender, not to the address in between, where it fails', async (t) => {
    const smarthost = await startSmarthost(t, {
      rcpt: (address) => (address === 'no@world.test' ? [550, '5.1.1 gone'] : undefined),
    })
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await alias(house, 'away', { forwards: ['no@world.test'] })
    await receive(house, ['away@demo.test'], message('lost'))
    await workOff(house, { twice: true })
    assert.equal(smarthost.received.length, 1)
    const report = await simpleParser(smarthost.received[0]!.octets, { keepDeliveryStatus: true })
    assert.equal(smarthost.received[0]!.recipients[0]!.address, 'sender@example.net')
    const status = String(
      report.attachments.find(({ contentType }) => contentType === 'message/delivery-status')!.content,
    )
    assert.match(
      status,
      /Original-Recipient: rfc822; away@demo\.test\r?\nFinal-Recipient: rfc822; no@world\.test\r?\nAction: failed/,
    )
  })

  it('ends in a loop with a report, and passes on nothing that is forged', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await alias(house, 'away', { forwards: ['one@world.test'] })
    await receive(house, ['away@demo.test'], message('again', 'x\r\n', 'Delivered-To: Away@demo.test\r\n'))
    const forged = (spf: string) => [
      `Authentication-Results: ${HOST_NAME}; spf=${spf} smtp.mailfrom=a@b.test;\r\n\tdmarc=fail header.from=b.test\r\n`,
    ]
    await receive(house, ['away@demo.test'], message('forged'), { traceFields: forged('fail') })
    await receive(house, ['away@demo.test'], message('broken'), { traceFields: forged('pass') })
    await workOff(house)
    const reports = await Promise.all(
      smarthost.received.map(({ octets }) => simpleParser(octets, { keepDeliveryStatus: true })),
    )
    assert.deepEqual(
      smarthost.received.map(({ from, recipients }) => [from, recipients[0]!.address]),
      [
        ['', 'sender@example.net'],
        ['', 'sender@example.net'],
      ],
    )
    assert.match(reports[0]!.text!, /554 5\.4\.6/)
    assert.match(reports[1]!.text!, /550 5\.7\.1/)
  })

  it('goes round between two tenants no more than once', async (t) => {
    const house = await openDeliveryHouse(t)
    const { store } = house
    await store.directory.createTenant(OTHER, 'Other')
    await store.directory.addDomain(OTHER, 'other.test', { verified: true })
    await alias(house, 'ping', { forwards: ['pong@other.test'] })
    await store.aliases.add(
      OTHER,
      { localPart: 'pong', domain: 'other.test' },
      { accounts: [], forwards: ['ping@demo.test'] },
    )
    await receive(house, ['ping@demo.test'], message('ping'), { reversePath: 'alice@demo.test' })
    await workOff(house, { twice: true })
    const [report, ...more] = await messagesIn(house, house.inbox)
    assert.match(String(report), /554 5\.4\.6/)
    assert.equal(more.length, 0)
  })

  it('comes from our own address where the relay sends no other', async (t) => {
    const sent: { message: RelayMessage; octets: Buffer }[] = []
    const relay: Relay = {
      signs: true,
      carries: { maxOctets: 1e6, maxRecipients: 50, eightBit: true, smtputf8: false },
      async send(relayed) {
        const chunks: Uint8Array[] = []
        for await (const chunk of relayed.content.open()) chunks.push(chunk)
        sent.push({ message: relayed, octets: Buffer.concat(chunks) })
        return {
          outcomes: relayed.recipients.map((recipient) => ({ recipient, outcome: 'sent', reply: '250 2.0.0 OK' })),
        }
      },
    }
    const house = await openDeliveryHouse(t, { relay })
    await alias(house, 'away', { forwards: ['one@world.test'] })
    await receive(house, ['away@demo.test'], message('via'))
    await workOff(house)
    const [{ message: relayed, octets }] = sent as [(typeof sent)[0]]
    const parsed = await simpleParser(octets)
    assert.equal(parsed.from!.text, 'away@demo.test')
    assert.equal(parsed.replyTo!.text, 'sender@example.net')
    assert.equal(parsed.text, 'Hello.\n')
    assert.equal(relayed.content.length, octets.length)
    assert.match(relayed.reversePath, /^SRS0=/)
    assert.equal(relayed.signingDomain, 'demo.test')
  })
})
