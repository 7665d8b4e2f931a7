import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simpleParser } from 'mailparser'
import type { AccountId, TenantId } from '../../../shared/mailbox/ids.ts'
import { NO_RESPONSE, type VacationResponse } from '../../../shared/store/vacations.ts'
import { DEMO, type House, PASSWORD } from '../../house.ts'
import {
  HOST_NAME,
  messagesIn,
  openDeliveryHouse,
  receive,
  startSmarthost,
  workOff,
} from '../delivery/delivery-house.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const OTHER = 'other' as TenantId

async function away(house: House, account: AccountId, response: Partial<VacationResponse> = {}): Promise<void> {
  const own = house.store.tenant(account.split('/')[0] as TenantId)
  const { version } = await own.vacations.get(account)
  assert.ok(await own.vacations.put(account, { ...NO_RESPONSE, isEnabled: true, ...response }, version))
}

function mail(from: string, fields: Record<string, string> = {}): Buffer {
  const all = {
    From: from,
    To: 'alice@demo.test',
    Subject: 'a question',
    'Message-ID': `<${Math.random()}@x>`,
    ...fields,
  }
  return Buffer.from(
    `${Object.entries(all)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\nWell?\r\n`,
  )
}

/** alice is away; answers go to a smarthost, which is the world. */
async function opened(t: Parameters<typeof openDeliveryHouse>[0]) {
  const smarthost = await startSmarthost(t)
  const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
  return { house, answers: smarthost.received }
}

describe('a vacation response', () => {
  it('goes once to who wrote to the person by name, as one that nobody answers', async (t) => {
    const { house, answers } = await opened(t)
    await away(house, house.alice, { subject: 'Grüße', textBody: 'Back on Monday – promised.' })
    const octets = mail('eve@example.net', { 'Message-ID': '<m1@example.net>', References: '<r0@example.net>' })
    await receive(house, ['alice@demo.test'], octets, { reversePath: 'eve@example.net' })
    await workOff(house, { twice: true })
    assert.equal(answers.length, 1)
    const [answer] = answers
    assert.equal(answer!.from, '', 'null reverse-path')
    assert.deepEqual(
      answer!.recipients.map(({ address }) => address),
      ['eve@example.net'],
    )
    const parsed = await simpleParser(answer!.octets)
    assert.equal(parsed.subject, 'Grüße')
    assert.equal(parsed.text?.trim(), 'Back on Monday – promised.')
    assert.equal(parsed.from?.text, 'alice@demo.test')
    assert.equal(parsed.headers.get('auto-submitted'), 'auto-replied (vacation)')
    assert.equal(parsed.inReplyTo, '<m1@example.net>')
    assert.deepEqual(parsed.references, ['<r0@example.net>', '<m1@example.net>'])
  })

  it('is made of the message where it says nothing itself, and of text and HTML', async (t) => {
    const { house, answers } = await opened(t)
    await away(house, house.alice, { htmlBody: '<p>Away</p>', textBody: 'Away' })
    await receive(house, ['alice@demo.test'], mail('eve@example.net'), { reversePath: 'eve@example.net' })
    await workOff(house)
    const parsed = await simpleParser(answers[0]!.octets)
    assert.equal(parsed.subject, 'Auto: a question')
    assert.ok(String(parsed.html).includes('<p>Away</p>') && parsed.text?.trim() === 'Away')
  })

  it('goes to a sender again after seven days, not before, and to each', async (t) => {
    const { house, answers } = await opened(t)
    await away(house, house.alice)
    const write = async (from: string) => {
      await receive(house, ['alice@demo.test'], mail(from), { reversePath: from })
      await workOff(house, { twice: true })
      return answers.length
    }
    assert.equal(await write('eve@example.net'), 1)
    assert.equal(await write('Eve@example.net'), 1)
    assert.equal(await write('mallory@example.net'), 2)
    house.clock.advance(6.9 * DAY_MS)
    assert.equal(await write('eve@example.net'), 2)
    house.clock.advance(0.2 * DAY_MS)
    assert.equal(await write('eve@example.net'), 3)
  })

  it('is no way to send to thousands of made-up senders', async (t) => {
    const { house } = await opened(t)
    const { vacations } = house.demo
    const at = house.clock.now()
    const remember = (n: number, when = at) =>
      vacations.remember(house.alice, `eve${n}@example.net`, { content: `c${n}` as never, at: when }, undefined)
    for (let n = 0; n < 100; n += 1) assert.equal(await remember(n), true)
    assert.equal(await remember(100), false)
    assert.equal(await remember(100, at + 60 * 60 * 1000), true, 'in the next hour')
  })

  it('keeps to its dates, and ends when it is turned off', async (t) => {
    const { house, answers } = await opened(t)
    const now = house.clock.now()
    await away(house, house.alice, { fromDate: now + DAY_MS, toDate: now + 2 * DAY_MS })
    const write = async (from: string) => {
      await receive(house, ['alice@demo.test'], mail(from), { reversePath: from })
      await workOff(house)
      return answers.length
    }
    assert.equal(await write('a@example.net'), 0)
    house.clock.advance(1.5 * DAY_MS)
    assert.equal(await write('b@example.net'), 1)
    house.clock.advance(DAY_MS)
    assert.equal(await write('c@example.net'), 1)
    await away(house, house.alice)
    assert.equal(await write('d@example.net'), 2)
    await away(house, house.alice, { isEnabled: false })
    assert.equal(await write('e@example.net'), 2)
  })

  const silent: [what: string, sender: string, fields: Record<string, string>, traceFields?: string[]][] = [
    ['a null sender', '', {}],
    ['a list', 'eve@example.net', { 'List-Id': '<dev.example.net>' }],
    ['a newsletter', 'eve@example.net', { 'List-Unsubscribe': '<mailto:x@example.net>' }],
    ['bulk', 'eve@example.net', { Precedence: 'bulk' }],
    ['another answer', 'eve@example.net', { 'Auto-Submitted': 'auto-replied' }],
    ['a report', 'eve@example.net', { 'Auto-Submitted': 'auto-generated' }],
    ['Exchange asks for none', 'eve@example.net', { 'X-Auto-Response-Suppress': 'DR, OOF' }],
    ['nobody reads there', 'no-reply@example.net', {}],
    ['a daemon', 'MAILER-DAEMON@example.net', {}],
    ['an owner', 'owner-dev@example.net', {}],
    ['bounces', 'bounces+17@example.net', {}],
    ['not named', 'eve@example.net', { To: 'undisclosed-recipients:;' }],
    ['named only in Bcc', 'eve@example.net', { To: 'bob@demo.test', Bcc: 'alice@demo.test' }],
    ['oneself', 'alice@demo.test', {}],
    ['oneself with a detail', 'alice+x@demo.test', {}],
    ['forged', 'eve@example.net', {}, [`Authentication-Results: ${HOST_NAME};\r\n\tdmarc=fail\r\n`]],
    ['forged path', 'eve@example.net', {}, [`Authentication-Results: ${HOST_NAME};\r\n\tspf=fail\r\n`]],
  ]
  it('stays silent where nobody would read it', async (t) => {
    const { house, answers } = await opened(t)
    await away(house, house.alice)
    for (const [what, sender, fields, traceFields] of silent) {
      await receive(house, ['alice@demo.test'], mail('Eve <eve@example.net>', fields), {
        reversePath: sender,
        ...(traceFields && { traceFields }),
      })
      await workOff(house)
      assert.deepEqual(
        answers.map(({ recipients }) => recipients[0]!.address),
        [],
        what,
      )
    }
    await receive(house, ['alice@demo.test'], mail('eve@example.net'), { reversePath: 'eve@example.net' })
    await workOff(house)
    assert.equal(answers.length, 1, 'none of those counted as an answer')
  })

  it('speaks for details and for an alias of its own, not for an address of several', async (t) => {
    const { house, answers } = await opened(t)
    const { store, alice, bob } = house
    await store.aliases.add(DEMO, { localPart: 'sales', domain: 'demo.test' }, { accounts: [alice], forwards: [] })
    await store.aliases.add(DEMO, { localPart: 'team', domain: 'demo.test' }, { accounts: [alice, bob], forwards: [] })
    await away(house, alice)
    const write = async (address: string, from: string) => {
      await receive(house, [address], mail(from, { To: address }), { reversePath: from })
      await workOff(house)
      return answers.length
    }
    assert.equal(await write('alice+shop@demo.test', 'a@example.net'), 1)
    assert.equal(await write('sales@demo.test', 'b@example.net'), 2)
    assert.equal(await write('team@demo.test', 'c@example.net'), 2)
  })

  it('of two who are both away ends after one answer each way at most', async (t) => {
    const { house } = await opened(t)
    const { store, alice } = house
    await store.directory.createTenant(OTHER, 'Other')
    await store.directory.addDomain(OTHER, 'other.test', { verified: true })
    const carol = await store.directory.createAccount(OTHER, { localPart: 'carol', domain: 'other.test' }, PASSWORD)
    const other = store.tenant(OTHER)
    await away(house, alice)
    await away(house, carol)
    await receive(house, ['alice@demo.test'], mail('carol@other.test'), { reversePath: 'carol@other.test' })
    await workOff(house, { twice: true })
    const carols = await messagesIn(house, await other.mailboxes.mailbox(carol, ['INBOX']))
    assert.equal(carols.length, 1)
    assert.match(carols[0]!.toString(), /Auto-Submitted: auto-replied/)
    assert.equal((await messagesIn(house, house.inbox)).length, 1, 'nothing comes back')
  })
})
