/** The relay over the wire: what SES is asked, and what becomes of each recipient by what it answers. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openSes } from '../../../shared/engines/aws/ses.ts'
import { readMessage, withoutSteeringFields } from '../../../shared/engines/aws/ses-message.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Relay, RelayMessage } from '../../../shared/ports/relay.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type Fault, sesError, type WireRequest } from '../../aws/wire-proxy.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

describe('fields that steer SES', () => {
  const rows: [name: string, message: string, expected: string][] = [
    ['none', 'A: b\r\n\r\nX-SES-TAGS: body\r\n', 'A: b\r\n\r\nX-SES-TAGS: body\r\n'],
    ['one', 'A: b\r\nX-SES-CONFIGURATION-SET: x\r\nC: d\r\n\r\nbody', 'A: b\r\nC: d\r\n\r\nbody'],
    ['in any case', 'x-Ses-message-tags: x\r\nC: d\r\n\r\nbody', 'C: d\r\n\r\nbody'],
    ['folded', 'X-SES-A: x\r\n y\r\n\tz\r\nC: d\r\n e\r\n\r\nb', 'C: d\r\n e\r\n\r\nb'],
    ['several', 'X-SES-A: x\r\nX-SES-B: x\r\n\r\n', '\r\n'],
    ['at the end of a message without a body', 'A: b\r\nX-SES-A: x', 'A: b\r\n'],
    ['lines that end in LF alone', 'X-SES-A: x\nA: b\n\nX-SES-B: x\n', 'A: b\n\nX-SES-B: x\n'],
    ['a name that only begins alike', 'X-SESSION: x\r\n\r\n', 'X-SESSION: x\r\n\r\n'],
    ['nothing at all', '', ''],
  ]
  for (const [name, message, expected] of rows) {
    it(name, () => assert.equal(Buffer.from(withoutSteeringFields(Buffer.from(message))).toString(), expected))
  }

  it('content that is not what it was said to be is not sent', async () => {
    const source = sourceOf(Buffer.from('abc'))
    await assert.rejects(readMessage({ ...source, length: 4 }), { name: 'BlobMismatchError' })
    await assert.rejects(readMessage({ ...source, length: 2 }), { name: 'BlobMismatchError' })
  })
})

describe('relay on SES', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let relay: Relay

  before(async () => {
    world = await startAwsWorld()
    relay = world.open({
      relay: { kind: 'ses', open: openSes, configurationSet: 'mail', tenantPrefix: 'Tubepost-' },
    }).relay
  })
  after(() => world.stop())
  beforeEach(() => {
    world.proxy.fault = () => undefined
    world.proxy.seen.length = 0
  })

  const message = (more: Partial<RelayMessage> = {}): RelayMessage => ({
    id: '0190a0a0-0000-7000-8000-000000000001',
    tenant: 'demo',
    reversePath: 'alice@demo.test',
    recipients: ['bob@example.org'],
    content: sourceOf(
      Buffer.from('From: alice@demo.test\r\nX-SES-CONFIGURATION-SET: theirs\r\n\r\nGr\u00fc\u00dfe\r\n'),
    ),
    smtputf8: false,
    signingDomain: 'demo.test',
    ...more,
  })
  // biome-ignore lint/suspicious/noExplicitAny: as it goes over the wire
  const given = ({ json }: WireRequest): any => json
  const sends = () => world.proxy.seen.filter(({ operation }) => operation === 'SES.POST /outbound-emails').map(given)
  const recipientsOf = (sent: ReturnType<typeof given>): string[] => sent.Destination.ToAddresses

  it('hands over envelope, octets, configuration set and tags', async () => {
    const result = await relay.send(message({ tags: { 'an odd.name': 'its välue' } }))
    assert.ok(result.relayId)
    assert.deepEqual(
      result.outcomes.map(({ recipient, outcome }) => [recipient, outcome]),
      [['bob@example.org', 'sent']],
    )
    const [sent] = sends()
    assert.equal(sent.FromEmailAddress, 'alice@demo.test')
    assert.equal(sent.ConfigurationSetName, 'mail')
    assert.equal(sent.TenantName, 'Tubepost-demo')
    assert.deepEqual(recipientsOf(sent), ['bob@example.org'])
    const octets = Buffer.from(sent.Content.Raw.Data, 'base64').toString('utf8')
    assert.equal(octets, 'From: alice@demo.test\r\n\r\nGr\u00fc\u00dfe\r\n')
    assert.deepEqual(sent.EmailTags, [
      { Name: 'an_odd_name', Value: 'its_v_lue' },
      { Name: 'tubepost-id', Value: '0190a0a0-0000-7000-8000-000000000001' },
      { Name: 'tubepost-tenant', Value: 'demo' },
    ])
  })

  it('gives the null reverse-path an address of the signing domain, and domains their ASCII form', async () => {
    await relay.send(message({ reversePath: '', recipients: ['bob@b\u00fccher.example'] }))
    const [sent] = sends()
    assert.equal(sent.FromEmailAddress, 'mailer-daemon@demo.test')
    assert.deepEqual(recipientsOf(sent), ['bob@xn--bcher-kva.example'])
    const { signingDomain: _, ...unsigned } = message({ reversePath: '' })
    await assert.rejects(relay.send(unsigned), RangeError)
  })

  it('refuses what SES does not carry', async () => {
    assert.deepEqual(relay.carries, { maxOctets: 40 * 1024 * 1024, maxRecipients: 50, eightBit: true, smtputf8: false })
    await assert.rejects(relay.send(message({ smtputf8: true })), RangeError)
    await assert.rejects(relay.send(message({ recipients: [] })), RangeError)
    await assert.rejects(relay.send(message({ recipients: Array(51).fill('a@example.org') })), RangeError)
    await assert.rejects(relay.send(message({ content: sourceOf(new Uint8Array(40 * 1024 * 1024 + 1)) })), RangeError)
    assert.equal(sends().length, 0)
  })

  const answers: [fault: Fault, outcome: string, reply: RegExp][] = [
    [sesError('TooManyRequestsException', 'Maximum sending rate exceeded.', 429), 'deferred', /^454 4\.3\.2 .*rate/],
    [sesError('ThrottlingException', 'Daily message quota exceeded.'), 'deferred', /^454 .*quota/],
    [sesError('LimitExceededException', 'limit'), 'deferred', /^454 /],
    [sesError('SendingPausedException', 'paused'), 'deferred', /^454 .*paused/],
    [sesError('AccountSuspendedException', 'suspended'), 'deferred', /^454 .*suspended/],
    [sesError('MailFromDomainNotVerifiedException', 'no MX'), 'deferred', /^451 4\.7\.1 .*no MX/],
    [sesError('MessageRejected', 'Email address is not verified: bob@example.org'), 'failed', /^554 5\.7\.1 .*bob/],
    [sesError('MessageRejected', 'Email address is not verified: demo.test'), 'deferred', /^451 4\.7\.1 .*demo/],
    [sesError('BadRequestException', 'Missing final domain'), 'failed', /^553 5\.1\.3 .*Missing final/],
  ]
  for (const [fault, outcome, reply] of answers) {
    it(`${outcome} where SES answers ${reply.source}`, async () => {
      world.proxy.fault = () => fault
      const result = await relay.send(message())
      assert.equal(result.outcomes[0]!.outcome, outcome)
      assert.match(result.outcomes[0]!.reply, reply)
      assert.equal(sends().length, 1, 'the flow decides when to try again')
    })
  }

  const untold: [name: string, fault: Fault][] = [
    ['a lost answer', { kind: 'drop-answer' }],
    ['a 500', sesError('InternalFailure', 'x', 500)],
    ['no right to send', sesError('AccessDenied', 'x', 403)],
    ['a configuration set that is missing', sesError('NotFoundException', 'x', 404)],
    ['a tenant that SES does not know yet', sesError('BadRequestException', 'Tenant is not associated')],
  ]
  for (const [name, fault] of untold) {
    it(`throws for ${name}, once asked`, async () => {
      world.proxy.fault = () => fault
      await assert.rejects(relay.send(message()))
      assert.equal(sends().length, 1)
    })
  }

  it('finds the one address that SES refuses, and sends to the others', async () => {
    const recipients = Array.from({ length: 9 }, (_, index) => `r${index}@example.org`)
    world.proxy.fault = (wire) =>
      recipientsOf(given(wire)).includes('r4@example.org')
        ? sesError('BadRequestException', 'Illegal address')
        : undefined
    const result = await relay.send(message({ recipients }))
    assert.deepEqual(
      result.outcomes.map(({ recipient, outcome }) => [recipient, outcome]),
      recipients.map((recipient) => [recipient, recipient === 'r4@example.org' ? 'failed' : 'sent']),
    )
    assert.ok(result.relayId)
  })

  it('what was handed over in part does not throw: the rest is deferred', async () => {
    world.proxy.fault = (wire) => {
      const recipients = recipientsOf(given(wire))
      if (recipients.length > 1) return sesError('BadRequestException', 'Illegal address')
      return recipients[0] === 'b@example.org' ? { kind: 'drop-answer' } : undefined
    }
    const result = await relay.send(message({ recipients: ['a@example.org', 'b@example.org'] }))
    assert.deepEqual(
      result.outcomes.map(({ outcome }) => outcome),
      ['sent', 'deferred'],
    )
  })

  it('holds two messages in memory at a time', async () => {
    let open = 0
    let most = 0
    const content = sourceOf(Buffer.from('From: a@demo.test\r\n\r\n'))
    const watched = {
      ...content,
      async *open() {
        most = Math.max(most, ++open)
        yield* content.open()
        await new Promise((resolve) => setTimeout(resolve, 5))
        open -= 1
      },
    }
    await Promise.all(Array.from({ length: 10 }, () => relay.send(message({ content: watched }))))
    assert.ok(most <= 2)
    assert.equal(sends().length, 10)
  })
})
