import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ParsedMail, simpleParser } from 'mailparser'
import { message } from '../../house.ts'
import { messagesIn, openDeliveryHouse, receive, startSmarthost, submit, workOff } from './delivery-house.ts'

const HOUR_MS = 60 * 60 * 1000

/** Groups of `Field: value` lines of the message/delivery-status part. */
function statusOf(report: ParsedMail): Record<string, string>[] {
  const part = report.attachments.find(({ contentType }) => contentType.endsWith('delivery-status'))!
  return String(part.content)
    .trim()
    .split(/\r?\n\r?\n/)
    .map((group) => Object.fromEntries(group.split(/\r?\n/).map((line) => line.split(/: (.*)/s).slice(0, 2))))
}

async function reportsIn(octets: Promise<Buffer[]>): Promise<ParsedMail[]> {
  return Promise.all((await octets).map((one) => simpleParser(one, { keepDeliveryStatus: true })))
}

describe('reports to the sender (RFC 3461, 3464)', () => {
  it('tells of a failure, with what the sender gave and the words of the relay', async (t) => {
    const smarthost = await startSmarthost(t, {
      rcpt: (address) => (address.startsWith('no') ? [550, '5.1.1 not here'] : undefined),
    })
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    const recipients = [
      { address: 'no@b.test', originalRecipient: 'rfc822;first@b.test' },
      { address: 'yes@b.test' },
      { address: 'not-told@b.test', notify: [] },
    ]
    await submit(house, recipients, message('one of three'), { envid: 'QQ+1', ret: 'HDRS' })
    await workOff(house, { twice: true })
    const reports = await reportsIn(messagesIn(house, house.inbox))
    assert.equal(reports.length, 1)
    const [report] = reports
    assert.equal(report!.headers.get('auto-submitted'), 'auto-replied')
    assert.match(String((await messagesIn(house, house.inbox))[0]), /^Return-Path: <>\r\n/)
    const [about, ...each] = statusOf(report!)
    assert.equal(about!['Original-Envelope-Id'], 'QQ+1')
    assert.equal(about!['Reporting-MTA'], 'dns; mx.demo.test')
    assert.equal(each.length, 1)
    assert.deepEqual(
      { ...each[0], 'Diagnostic-Code': undefined },
      {
        'Original-Recipient': 'rfc822; first@b.test',
        'Final-Recipient': 'rfc822; no@b.test',
        Action: 'failed',
        Status: '5.1.1',
        'Diagnostic-Code': undefined,
      },
    )
    assert.match(each[0]!['Diagnostic-Code']!, /^smtp; 550 5\.1\.1 not here/)
    const header = report!.attachments.find(({ contentType }) => contentType === 'text/rfc822-headers')!
    assert.match(String(header.content), /Subject: one of three/)
    assert.ok(!String(header.content).includes('Hello.'))
    assert.deepEqual(
      smarthost.received.map(({ mailArgs, recipients: to }) => [mailArgs['ENVID'], to.map(({ address }) => address)]),
      [['QQ+1', ['yes@b.test']]],
    )
  })

  it('brings the whole message back where that was asked for', async (t) => {
    const smarthost = await startSmarthost(t, { data: () => [554, '5.6.0 not this'] })
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await submit(house, ['no@b.test'], message('whole', 'Every word.\r\n'), { ret: 'FULL' })
    await workOff(house)
    const [report] = await reportsIn(messagesIn(house, house.inbox))
    const whole = report!.attachments.find(({ contentType }) => contentType === 'message/rfc822')!
    assert.match(String(whole.content), /Subject: whole\r?\n[\s\S]*Every word\./)
  })

  it('tells once of a delay after four hours, and of the end after two days', async (t) => {
    const smarthost = await startSmarthost(t, { rcpt: () => [451, '4.2.0 later'] })
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await submit(house, ['slow@b.test', { address: 'quiet@b.test', notify: ['FAILURE'] }], message('slow'))
    let attempts = 0
    const startedAt = house.clock.now()
    while ((await house.engine.queues.outgoing.depth()).waiting > 0) {
      await workOff(house)
      attempts += 1
      assert.ok(attempts < 1000)
      house.clock.advance(10 * 60_000)
    }
    const days = (house.clock.now() - startedAt) / (24 * HOUR_MS)
    assert.ok(days > 2 && days < 2.3, `${days} days`)
    assert.equal((await house.engine.queues.outgoing.depth()).dead, 0)
    const reports = await reportsIn(messagesIn(house, house.inbox))
    assert.deepEqual(
      reports.map(({ subject }) => subject),
      ['Your message is delayed', 'Your message could not be delivered'],
    )
    const [delayed, failed] = reports.map((report) => statusOf(report).slice(1))
    assert.deepEqual(
      delayed!.map((one) => [one['Final-Recipient'], one['Action'], one['Status']]),
      [['rfc822; slow@b.test', 'delayed', '4.2.0']],
    )
    assert.match(delayed![0]!['Will-Retry-Until']!, /^\w{3}, \d\d \w{3} \d{4} /)
    assert.deepEqual(
      failed!.map((one) => [one['Final-Recipient'], one['Action'], one['Status']]),
      [
        ['rfc822; slow@b.test', 'failed', '5.4.7'],
        ['rfc822; quiet@b.test', 'failed', '5.4.7'],
      ],
    )
  })

  it('leaves success to a relay that offers DSN, and tells itself where it does not', async (t) => {
    for (const hideDSN of [false, true]) {
      const smarthost = await startSmarthost(t, { options: { hideDSN } })
      const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
      const recipients = [
        { address: 'a@b.test', notify: ['SUCCESS', 'FAILURE'] as const, originalRecipient: 'rfc822;a+x@b.test' },
        { address: 'b@b.test' },
      ]
      await submit(house, recipients, message('told'))
      await workOff(house, { twice: true })
      const reports = await reportsIn(messagesIn(house, house.inbox))
      if (hideDSN) {
        assert.equal(reports.length, 1)
        assert.equal(statusOf(reports[0]!)[1]!['Action'], 'relayed')
      } else {
        assert.equal(reports.length, 0)
        assert.equal(smarthost.received.length, 1, 'each recipient has wishes of its own in one transaction')
        const [first, second] = smarthost.received[0]!.recipients
        assert.equal(first!.args['NOTIFY'], 'SUCCESS,FAILURE')
        assert.equal(first!.args['ORCPT'], 'rfc822;a+x@b.test')
        assert.equal(second!.args['NOTIFY'], undefined)
      }
    }
  })

  it('tells of a delivery to one of ours, wherever the sender is, once', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await receive(house, [{ address: 'bob@demo.test', notify: ['SUCCESS'] }], message('from afar'), { envid: 'E1' })
    await submit(house, [{ address: 'bob@demo.test', notify: ['SUCCESS'] }], message('from here'))
    await workOff(house, { twice: true })
    assert.equal((await reportsIn(messagesIn(house, house.inbox))).length, 1)
    assert.equal(smarthost.received.length, 1)
    const [{ from, recipients, octets }] = smarthost.received as [(typeof smarthost.received)[0]]
    assert.deepEqual([from, recipients.map(({ address }) => address)], ['', ['sender@example.net']])
    const [about, each] = statusOf(await simpleParser(octets, { keepDeliveryStatus: true }))
    assert.equal(about!['Original-Envelope-Id'], 'E1')
    assert.equal(each!['Action'], 'delivered')
  })

  for (const [name, fields, reversePath] of [
    ['a notification', '', ''],
    ['a list', 'List-Id: <l.demo.test>\r\n', 'alice@demo.test'],
    ['an auto-reply', 'Auto-Submitted: auto-replied (vacation)\r\n', 'alice@demo.test'],
  ] as const) {
    it(`never answers ${name}`, async (t) => {
      const smarthost = await startSmarthost(t, { rcpt: () => [550, '5.1.1 no'] })
      const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
      await submit(house, ['no@b.test'], message('x', 'y\r\n', fields), { reversePath })
      await workOff(house)
      assert.deepEqual(await messagesIn(house, house.inbox), [])
    })
  }
})
