import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { arc, dkimVerify } from 'mailauth'
import selfsigned from 'selfsigned'
import { fairTurns } from '../../../shared/engines/common/fair-turns.ts'
import { smarthostRelay } from '../../../shared/engines/embedded/relay-smarthost.ts'
import { submitMessage } from '../../../shared/flows/outgoing/submit-message.ts'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Relay, RelayMessage } from '../../../shared/ports/relay.ts'
import { DEMO, type House, message } from '../../house.ts'
import {
  CLIENT,
  HOST_NAME,
  messagesIn,
  openDeliveryHouse,
  receive,
  startSmarthost,
  submit,
  workOff,
} from './delivery-house.ts'

/** The demo domain's keys, published in a zone of the test. */
async function publishKeys({ store }: House) {
  const domain = (await store.domains.byName(DEMO, 'demo.test'))!
  const rsa = (await store.domains.dkimKey(DEMO, domain.id))!
  const ed25519 = (await store.dkimKeys.ed25519(DEMO, domain.id))!
  assert.deepEqual(await store.dkimKeys.of(DEMO, 'demo.test'), [rsa], 'nobody has seen the other one')
  await store.domains.recordStatus(DEMO, domain.id, 'verified', { 'dkim-ed25519': 'verified' })
  assert.deepEqual(await store.dkimKeys.of(DEMO, 'demo.test'), [rsa, ed25519])
  const zone = new Map([
    [`${rsa.selector}._domainkey.demo.test`, `v=DKIM1; k=rsa; p=${rsa.publicKey}`],
    [`${ed25519.selector}._domainkey.demo.test`, `v=DKIM1; k=ed25519; p=${ed25519.publicKey}`],
  ])
  return async (name: string, type: string): Promise<string[][]> => {
    const record = type === 'TXT' ? zone.get(name) : undefined
    if (record === undefined) throw Object.assign(new Error(`no ${type} of ${name}`), { code: 'ENOTFOUND' })
    return [[record]]
  }
}

describe('signatures', () => {
  it('are of the domain, by RSA and by Ed25519, and hold however large the message is', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    const resolver = await publishKeys(house)
    for (const lines of [1, 60_000]) {
      const octets = Buffer.from(
        `From: Alice <alice@demo.test>\r\nSubject: signed\r\n\r\n${'A line of it.\r\n'.repeat(lines)}`,
      )
      await submit(house, ['a@b.test'], octets)
    }
    await workOff(house)
    for (const { octets } of smarthost.received) {
      const { results } = await dkimVerify(octets, { resolver: resolver as never })
      assert.deepEqual(
        results.map(({ status, signingDomain, algo }) => [status.result, status.aligned, signingDomain, algo]),
        [
          ['pass', 'demo.test', 'demo.test', 'rsa-sha256'],
          ['pass', 'demo.test', 'demo.test', 'ed25519-sha256'],
        ],
      )
    }
    assert.equal(smarthost.received.length, 2)
  })

  it('are about both fields of unsubscribing by one click (RFC 8058 §4)', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await publishKeys(house)
    const fields = ['List-Unsubscribe: <https://demo.test/u>', 'List-Unsubscribe-Post: List-Unsubscribe=One-Click']
    const octets = Buffer.from(`From: alice@demo.test\r\n${fields.join('\r\n')}\r\n\r\nx\r\n`)
    await submit(house, ['a@b.test'], octets)
    await workOff(house)
    const signatures = String(smarthost.received[0]!.octets).match(/\sh=[^;]*/g)!
    assert.equal(signatures.length, 2)
    for (const signature of signatures)
      assert.match(signature, /List-Unsubscribe:\s*List-Unsubscribe-Post|List-Unsubscribe-Post:\s*List-Unsubscribe\b/)
  })

  it('are none where the author is nobody of ours', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await publishKeys(house)
    await submit(house, ['a@b.test'], message('foreign'), { reversePath: '' })
    await workOff(house)
    assert.ok(!String(smarthost.received[0]!.octets).includes('DKIM-Signature'))
  })

  it("are never another tenant's, whatever the header says", async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await publishKeys(house)
    const other = 'other' as TenantId
    await house.store.directory.createTenant(other, 'other')
    const froms = ['From: alice@demo.test', 'From: "x" <a@demo.test>, b@demo.test', 'Sender: alice@demo.test']
    for (const from of froms) {
      for (const reversePath of ['', 'alice@demo.test', 'x@elsewhere.test']) {
        const octets = Buffer.from(`${from}\r\nSubject: forged\r\n\r\n`)
        // Past the doors, which refuse it.
        const source = sourceOf(octets)
        const envelope = { recipients: ['a@b.test'], leavesTheHouse: true, body: '7BIT', smtputf8: false } as const
        await submitMessage(house.store, { tenant: other, reversePath, ...envelope, client: CLIENT }, source)
      }
    }
    await workOff(house)
    assert.equal(smarthost.received.length, 9)
    for (const { octets } of smarthost.received) assert.ok(!String(octets).includes('DKIM-Signature'))
  })

  it('seal a forward with what we found, so that the next host can read it', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    const resolver = await publishKeys(house)
    await house.store.aliases.add(
      DEMO,
      { localPart: 'away', domain: 'demo.test' },
      { accounts: [], forwards: ['a@b.test'] },
    )
    const signatures = Array.from(
      { length: 20 },
      (_, n) => `\r\n\tdkim=pass header.d=${n}.${'x'.repeat(60)}.example.net;`,
    )
    const found = `Authentication-Results: ${HOST_NAME}; spf=pass smtp.mailfrom=sender@example.net;${signatures.join('')}\r\n\tdmarc=pass header.from=example.net\r\n`
    await receive(house, ['away@demo.test'], message('sealed'), { traceFields: [found] })
    await workOff(house)
    const { octets } = smarthost.received[0]!
    const { headers, arc: chain } = await dkimVerify(octets, { resolver: resolver as never })
    assert.ok(headers)
    const { status } = await arc(chain as never, { resolver: resolver as never })
    assert.equal(status.result, 'pass', String(octets))
    assert.match(String(octets), /ARC-Authentication-Results: i=1; mx\.demo\.test;\s+spf=pass/)
    const longest = Math.max(
      ...String(octets)
        .split('\r\n')
        .map(({ length }) => length),
    )
    assert.ok(longest <= 998, `a line of ${longest}`) // RFC 5322 §2.1.1
    assert.ok(!/^DKIM-Signature/m.test(String(octets)), 'it is not signed as ours')
  })
})

describe('delivery by a smarthost', () => {
  it('tries again what was put off, for those alone', async (t) => {
    let refused = true
    const smarthost = await startSmarthost(t, {
      rcpt: (address) => (address.startsWith('later') && refused ? [451, '4.2.0 later'] : undefined),
    })
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await submit(house, ['now@b.test', 'later@b.test', 'bob@demo.test'], message('partly'))
    await workOff(house)
    refused = false
    await workOff(house)
    assert.equal(smarthost.received.length, 1, 'not before its time')
    house.clock.advance(7 * 60_000)
    await workOff(house, { twice: true })
    assert.deepEqual(
      smarthost.received.map(({ recipients }) => recipients.map(({ address }) => address)),
      [['now@b.test'], ['later@b.test']],
    )
    const bobs = await house.demo.mailboxes.mailbox(house.bob, ['INBOX'])
    assert.equal((await messagesIn(house, bobs)).length, 1)
    assert.deepEqual(await messagesIn(house, house.inbox), [], 'nothing to report')
  })

  it('tries again after connections that break off at any point', async (t) => {
    const breaks = ['EHLO', 'MAIL', 'RCPT', 'DATA']
    const server = createServer((socket) => {
      socket.on('error', () => {}) // the other side is gone as well
      socket.write('220 b.test\r\n')
      const at = breaks[0]
      socket.on('data', (commands) => {
        for (const command of String(commands).trim().split('\r\n')) {
          if (at !== undefined && command.startsWith(at)) {
            breaks.shift()
            socket.destroy()
            return
          }
          socket.write(command.startsWith('DATA') ? '354 go\r\n' : command === 'QUIT' ? '221 bye\r\n' : '250 yes\r\n')
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: `smtp://127.0.0.1:${port}` } })
    const id = await submit(house, ['a@b.test'], message('broken off'))
    for (let attempt = 0; attempt < 5; attempt++) {
      await workOff(house)
      house.clock.advance(2 * 60 * 60_000)
    }
    const { outcomes } = (await house.demo.outbound.get(id as never))!
    assert.equal(outcomes[0]!.outcome, 'sent')
    assert.deepEqual(breaks, [])
  })

  it('hands over more recipients than go into one transaction', async (t) => {
    const smarthost = await startSmarthost(t)
    const house = await openDeliveryHouse(t, { relay: { kind: 'smarthost', url: smarthost.url } })
    await submit(
      house,
      Array.from({ length: 250 }, (_, n) => `r${n}@b.test`),
      message('many'),
    )
    await workOff(house)
    assert.deepEqual(
      smarthost.received.map(({ recipients }) => recipients.length),
      [100, 100, 50],
    )
  })
})

describe('an attempt', () => {
  it('is over before its claim is, however slow the relay is, so that no other begins beside it', async (t) => {
    const minutes: number[] = []
    const relay: Relay = {
      carries: { maxOctets: 1e6, maxRecipients: 100, eightBit: true, smtputf8: true },
      async send({ recipients, withinMs = 0 }) {
        minutes.push(Math.round(withinMs / 60_000))
        house.clock.advance(5 * 60_000)
        return { outcomes: recipients.map((recipient) => ({ recipient, outcome: 'sent', reply: '250 kept' })) }
      },
    }
    const house = await openDeliveryHouse(t, { relay })
    const recipients = Array.from({ length: 400 }, (_, n) => `r${n}@b.test`)
    await submit(house, recipients, message('slowly'))
    await workOff(house)
    house.clock.advance(60 * 60_000)
    await workOff(house)
    assert.deepEqual(minutes, [14, 9, 4, 14], 'the last of them by another attempt')
  })
})

function relayed(more: Partial<RelayMessage>): RelayMessage {
  const content = sourceOf(Buffer.from('Subject: x\r\n\r\nGr\xfc\xdfe\r\n', 'latin1'))
  return {
    id: '0192',
    tenant: 't',
    reversePath: 'a@a.test',
    recipients: ['b@b.test'],
    content,
    smtputf8: false,
    ...more,
  }
}

describe('what a smarthost must offer', () => {
  const options = { hostName: 'mail.test', maxOctets: 1e6, timeoutMs: 10_000 }

  it('is 8BITMIME where the message says so', async (t) => {
    for (const hide8BITMIME of [false, true]) {
      const { url, received } = await startSmarthost(t, { options: { hide8BITMIME } })
      const { outcomes } = await smarthostRelay({ ...options, url }).send(relayed({ body: '8BITMIME' }))
      assert.match(outcomes[0]!.reply, hide8BITMIME ? /^554 5\.6\.3 / : /^250 /)
      if (!hide8BITMIME) assert.equal(received[0]!.mailArgs['BODY'], '8BITMIME')
    }
  })

  it('is TLS with a certificate that holds, where a setting or a message says so', async (t) => {
    const pem = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    const secure = { disabledCommands: [], key: pem.private, cert: pem.cert, hideREQUIRETLS: false }
    const plain = await startSmarthost(t)
    const { url, received } = await startSmarthost(t, { options: secure })
    const named = (address: string) => address.replace('127.0.0.1', 'localhost')
    const send = (to: string, more: Partial<RelayMessage> = {}, ca?: string) =>
      smarthostRelay({ ...options, url: to, ...(ca !== undefined && { ca }) }).send(relayed(more))
    await send(url) // opportunistic: any certificate will do
    await assert.rejects(send(`${named(url)}?tls=required`), /certificate/)
    await assert.rejects(send(`${plain.url}?tls=required`), /STARTTLS/)
    await assert.rejects(send(named(url), { tls: 'required' }), /certificate/)
    await send(`${named(url)}?tls=required`, {}, pem.cert)
    const always = await send(named(url), { tls: 'always' }, pem.cert)
    assert.equal(always.outcomes[0]!.outcome, 'sent')
    assert.equal(received.length, 3)
    assert.equal(received[2]!.mailArgs['REQUIRETLS'], true)
    assert.equal(plain.received.length, 0)
  })

  it('is a certificate for the address, where the smarthost is one', async (t) => {
    const certificateFor = (altName: { type: 2; value: string } | { type: 7; ip: string }) =>
      selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
        extensions: [{ name: 'subjectAltName', altNames: [altName] }],
      })
    const named = await certificateFor({ type: 2, value: 'localhost' })
    const numbered = await certificateFor({ type: 7, ip: '127.0.0.1' })
    for (const secure of [false, true]) {
      const send = async (pem: typeof named) => {
        const tls = { disabledCommands: [], key: pem.private, cert: pem.cert, secure }
        const { url } = await startSmarthost(t, { options: tls })
        const to = secure ? url.replace('smtp:', 'smtps:') : `${url}?tls=required`
        return smarthostRelay({ ...options, url: to, ca: pem.cert }).send(relayed({}))
      }
      await assert.rejects(send(named), /IP: 127\.0\.0\.1/)
      assert.equal((await send(numbered)).outcomes[0]!.outcome, 'sent')
    }
  })
})

describe('turns', () => {
  it('go owner by owner, and no more at a time than there are', async () => {
    const inTurn = fairTurns(2)
    const order: string[] = []
    let running = 0
    let most = 0
    const work = (name: string) =>
      inTurn(name[0]!, async () => {
        most = Math.max(most, ++running)
        order.push(name)
        await new Promise(setImmediate)
        running -= 1
        if (name === 'a3') throw new Error('no turn is lost by it')
      })
    const works = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'c1'].map(work)
    await Promise.allSettled(works)
    assert.equal(most, 2)
    assert.deepEqual(order, ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5'])
  })
})
