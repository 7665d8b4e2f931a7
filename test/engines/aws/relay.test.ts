/** The relay over the wire: what SES is asked, and what becomes of each recipient by what it answers. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openSes } from '../../../shared/engines/aws/ses.ts'
import { readMessage, withoutSteeringFields } from '../../../shared/engines/aws/ses-message.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Relay, RelayMessage } from '../../../shared/ports/relay.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type Fault, sesError, sesV1Error, type WireRequest } from '../../aws/wire-proxy.ts'
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

/** What a request hands over, by either interface. */
interface Handed {
  source: string
  recipients: string[]
  configurationSet: string
  tenant: string | undefined
  tags: { Name: string; Value: string }[]
  octets: string
}

interface Interface {
  operation: string
  read(wire: WireRequest): Handed
  error: typeof sesError
}

const V1: Interface = {
  operation: 'SES.SendRawEmail',
  read({ form }) {
    const all = (prefix: string) => [...form!].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value)
    const names = [...form!.keys()].filter((name) => /^Tags\.member\.\d+\.Name$/.test(name))
    return {
      source: form!.get('Source')!,
      recipients: all('Destinations.member.'),
      configurationSet: form!.get('ConfigurationSetName')!,
      tenant: form!.get('TenantName') ?? undefined,
      tags: names.map((name) => ({ Name: form!.get(name)!, Value: form!.get(name.replace(/Name$/, 'Value'))! })),
      octets: textOf(form!.get('RawMessage.Data')!),
    }
  },
  error: sesV1Error,
}

const V2: Interface = {
  operation: 'SES.POST /outbound-emails',
  read({ json }) {
    // biome-ignore lint/suspicious/noExplicitAny: as it goes over the wire
    const sent = json as any
    return {
      source: sent.FromEmailAddress,
      recipients: sent.Destination.ToAddresses,
      configurationSet: sent.ConfigurationSetName,
      tenant: sent.TenantName,
      tags: sent.EmailTags,
      octets: textOf(sent.Content.Raw.Data),
    }
  },
  error: sesError,
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

const MIB = 1024 * 1024
const message = (more: Partial<RelayMessage> = {}): RelayMessage => ({
  id: '0190a0a0-0000-7000-8000-000000000001',
  tenant: 'demo',
  reversePath: 'alice@demo.test',
  recipients: ['bob@example.org'],
  content: sourceOf(Buffer.from('From: alice@demo.test\r\nX-SES-CONFIGURATION-SET: theirs\r\n\r\nGr\u00fc\u00dfe\r\n')),
  smtputf8: false,
  signingDomain: 'demo.test',
  ...more,
})

/** Answers that each interface gives in its own words. */
type Answer = [name: string, text: string, outcome: string, reply: RegExp]
const ANSWERS: readonly Answer[] = [
  ['ThrottlingException', 'Daily message quota exceeded.', 'deferred', /^454 .*quota/],
  ['LimitExceededException', 'limit', 'deferred', /^454 /],
  ['MailFromDomainNotVerifiedException', 'no MX', 'deferred', /^451 4\.7\.1 .*no MX/],
  ['MessageRejected', 'Email address is not verified: bob@example.org', 'failed', /^554 5\.7\.1 .*bob/],
  ['MessageRejected', 'Email address is not verified: demo.test', 'deferred', /^451 4\.7\.1 .*demo/],
]
const V1_ANSWERS: readonly Answer[] = [
  ...ANSWERS,
  ['Throttling', 'Maximum sending rate exceeded.', 'deferred', /^454 4\.3\.2 .*rate/],
  ['AccountSendingPausedException', 'paused', 'deferred', /^454 .*paused/],
  ['ConfigurationSetSendingPausedException', 'paused', 'deferred', /^454 .*paused/],
  ['LimitExceeded', 'limit', 'deferred', /^454 /],
  ['InvalidParameterValue', 'Missing final domain', 'failed', /^553 5\.1\.3 .*Missing final/],
]
const V2_ANSWERS: readonly Answer[] = [
  ...ANSWERS,
  ['TooManyRequestsException', 'Maximum sending rate exceeded.', 'deferred', /^454 4\.3\.2 .*rate/],
  ['SendingPausedException', 'paused', 'deferred', /^454 .*paused/],
  ['AccountSuspendedException', 'suspended', 'deferred', /^454 .*suspended/],
  ['BadRequestException', 'Missing final domain', 'failed', /^553 5\.1\.3 .*Missing final/],
]
const V1_UNTOLD = [['a configuration set that is missing', sesV1Error('ConfigurationSetDoesNotExist', 'x')]] as const
const V2_UNTOLD = [
  ['a configuration set that is missing', sesError('NotFoundException', 'x', 404)],
  ['a tenant that SES does not know yet', sesError('BadRequestException', 'Tenant is not associated')],
] as const

const WAYS = [
  {
    name: 'version 1',
    by: V1,
    tenantPrefix: undefined,
    answers: V1_ANSWERS,
    untold: V1_UNTOLD,
    refused: 'InvalidParameterValue',
  },
  {
    name: 'version 2, for tenants',
    by: V2,
    tenantPrefix: 'Tubepost-',
    answers: V2_ANSWERS,
    untold: V2_UNTOLD,
    refused: 'BadRequestException',
  },
] as const

for (const { name: way, by, tenantPrefix, answers, untold, refused } of WAYS) {
  describe(`relay on SES by ${way}`, { skip: skipWithoutEmulator }, () => {
    let world: AwsWorld
    let relay: Relay

    before(async () => {
      world = await startAwsWorld()
      const tenants = tenantPrefix === undefined ? {} : { tenantPrefix }
      relay = world.open({ relay: { kind: 'ses', open: openSes, configurationSet: 'mail', ...tenants } }).relay
    })
    after(() => world.stop())
    beforeEach(() => {
      world.proxy.fault = () => undefined
      world.proxy.seen.length = 0
    })

    const sends = (wanted = by) =>
      world.proxy.seen.filter(({ operation }) => operation === wanted.operation).map(wanted.read)
    const all = () => [...sends(V1), ...sends(V2)]

    it('hands over envelope, octets, configuration set and tags', async () => {
      const result = await relay.send(message({ tags: { 'an odd.name': 'its välue' } }))
      assert.ok(result.relayId)
      assert.deepEqual(
        result.outcomes.map(({ recipient, outcome }) => [recipient, outcome]),
        [['bob@example.org', 'sent']],
      )
      assert.deepEqual(sends(), [
        {
          source: 'alice@demo.test',
          recipients: ['bob@example.org'],
          configurationSet: 'mail',
          tenant: tenantPrefix === undefined ? undefined : 'Tubepost-demo',
          tags: [
            { Name: 'an_odd_name', Value: 'its_v_lue' },
            { Name: 'tubepost-id', Value: '0190a0a0-0000-7000-8000-000000000001' },
            { Name: 'tubepost-tenant', Value: 'demo' },
          ],
          octets: 'From: alice@demo.test\r\n\r\nGr\u00fc\u00dfe\r\n',
        },
      ])
      assert.equal(all().length, 1)
    })

    it('hands 10 MiB and one octet to version 2, whoever takes what is smaller', async () => {
      const head = 'From: alice@demo.test\r\n\r\n'
      for (const octets of [10 * MIB, 10 * MIB + 1]) {
        world.proxy.seen.length = 0
        const text = head.padEnd(octets, 'x')
        const { outcomes } = await relay.send(message({ content: sourceOf(Buffer.from(text)) }))
        assert.equal(outcomes[0]!.outcome, 'sent')
        const sent = sends(octets > 10 * MIB ? V2 : by)
        assert.equal(sent.length, 1)
        assert.ok(sent[0]!.octets === text)
        assert.equal(all().length, 1)
      }
    })

    it('gives the null reverse-path an address of the signing domain, and domains their ASCII form', async () => {
      await relay.send(message({ reversePath: '', recipients: ['bob@b\u00fccher.example'] }))
      const [sent] = sends()
      assert.equal(sent!.source, 'mailer-daemon@demo.test')
      assert.deepEqual(sent!.recipients, ['bob@xn--bcher-kva.example'])
      const { signingDomain: _, ...unsigned } = message({ reversePath: '' })
      await assert.rejects(relay.send(unsigned), RangeError)
    })

    it('refuses what SES does not carry', async () => {
      assert.deepEqual(relay.carries, { maxOctets: 40 * MIB, maxRecipients: 50, eightBit: true, smtputf8: false })
      await assert.rejects(relay.send(message({ smtputf8: true })), RangeError)
      await assert.rejects(relay.send(message({ recipients: [] })), RangeError)
      await assert.rejects(relay.send(message({ recipients: Array(51).fill('a@example.org') })), RangeError)
      await assert.rejects(relay.send(message({ content: sourceOf(new Uint8Array(40 * MIB + 1)) })), RangeError)
      assert.equal(all().length, 0)
    })

    for (const [name, text, outcome, reply] of answers) {
      it(`${outcome} where SES answers ${name}: ${text}`, async () => {
        world.proxy.fault = () => by.error(name, text)
        const result = await relay.send(message())
        assert.equal(result.outcomes[0]!.outcome, outcome)
        assert.match(result.outcomes[0]!.reply, reply)
        assert.equal(all().length, 1, 'the flow decides when to try again')
      })
    }

    const unanswered: readonly (readonly [name: string, fault: Fault])[] = [
      ['a lost answer', { kind: 'drop-answer' }],
      ['a 500', by.error('InternalFailure', 'x', 500)],
      ['no right to send', by.error('AccessDenied', 'x', 403)],
      ...untold,
    ]
    for (const [name, fault] of unanswered) {
      it(`throws for ${name}, once asked`, async () => {
        world.proxy.fault = () => fault
        await assert.rejects(relay.send(message()))
        assert.equal(all().length, 1)
      })
    }

    it('finds the one address that SES refuses, and sends to the others', async () => {
      const recipients = Array.from({ length: 9 }, (_, index) => `r${index}@example.org`)
      world.proxy.fault = (wire) =>
        by.read(wire).recipients.includes('r4@example.org') ? by.error(refused, 'Illegal address') : undefined
      const result = await relay.send(message({ recipients }))
      assert.deepEqual(
        result.outcomes.map(({ recipient, outcome }) => [recipient, outcome]),
        recipients.map((recipient) => [recipient, recipient === 'r4@example.org' ? 'failed' : 'sent']),
      )
      assert.ok(result.relayId)
    })

    it('what was handed over in part does not throw: the rest is deferred', async () => {
      world.proxy.fault = (wire) => {
        const { recipients } = by.read(wire)
        if (recipients.length > 1) return by.error(refused, 'Illegal address')
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
}
