import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { dkimSign, sealMessage } from 'mailauth'
import { setLogLevel } from '../../../shared/log.ts'
import type { DmarcAction } from '../../../shared/mailbox/protection.ts'
import type { ScanVerdict } from '../../../shared/ports/scanner.ts'
import { DEMO, settleQueues } from '../../house.ts'
import { makeSigningKey, type Zones } from '../../zones.ts'
import { type GuardedHouse, type GuardedOptions, openGuardedHouse, SECOND, transaction } from './guarded-house.ts'

const rsa = makeSigningKey('rsa')
const ed25519 = makeSigningKey('ed25519')
const ZONES: Zones = {
  'TXT own.test': ['v=spf1 ip4:127.0.0.1 -all'],
  'TXT silent.test': 'silent',
  'TXT rsa._domainkey.own.test': [rsa.record],
  'TXT ed._domainkey.own.test': [ed25519.record],
  'TXT rsa._domainkey.list.test': [rsa.record],
  'TXT _dmarc.own.test': ['v=DMARC1; p=reject'],
  'TXT _dmarc.rejects.test': ['v=DMARC1; p=reject'],
  'TXT _dmarc.quarantines.test': ['v=DMARC1; p=quarantine'],
  'TXT _dmarc.watches.test': ['v=DMARC1; p=none'],
  'TXT _dmarc.silent.test': 'silent',
}
const ALICE = 'alice@demo.test'
const CAROL = 'carol@second.test'

function letter(from: string, fields = ''): string {
  return `${fields}From: ${from}\r\nTo: alice@demo.test\r\nSubject: test\r\n\r\nHello.\r\n`
}

async function signed(text: string): Promise<string> {
  const { signatures } = await dkimSign(text, {
    signatureData: [
      { signingDomain: 'own.test', selector: 'rsa', privateKey: rsa.privateKey },
      { signingDomain: 'own.test', selector: 'ed', privateKey: ed25519.privateKey },
    ],
  } as unknown as Parameters<typeof dkimSign>[1])
  return signatures + text
}

async function inHouse(options: GuardedOptions, work: (house: GuardedHouse) => Promise<void>): Promise<void> {
  const house = await openGuardedHouse({ zones: ZONES, ...options })
  try {
    await work(house)
  } finally {
    await house.close()
  }
}

const codeOf = (replies: readonly string[]) => replies.at(-1)!.slice(0, 9)

before(() => setLogLevel('silent'))
after(() => setLogLevel('info'))

describe('Authentication-Results (RFC 8601)', () => {
  test('what was found stands in the trace block; the octets received and both digests are as they must be (I6)', () =>
    inHouse({}, async (house) => {
      const content = await signed(letter('a@own.test'))
      assert.equal(codeOf(await house.say(transaction('a@own.test', [ALICE], content))), '250 2.0.0')
      const [{ text, sha256, envelope }] = (await house.kept(DEMO)) as [Awaited<ReturnType<typeof house.kept>>[0]]
      const trace = text.slice(0, envelope.traceOctets)
      const field = trace.slice(trace.indexOf('Authentication-Results:')).replaceAll('\r\n\t', ' ')
      const pattern =
        /^Authentication-Results: mx\.demo\.test; spf=pass smtp\.mailfrom=a@own\.test; dkim=pass header\.d=own\.test header\.s=(?:rsa|ed) header\.b=\S+; dkim=pass header\.d=own\.test header\.s=(?:rsa|ed) header\.b=\S+; dmarc=pass header\.from=own\.test policy\.dmarc=reject; arc=none\r\n$/
      assert.match(field, pattern)
      assert.match(trace, /^Return-Path: <a@own\.test>\r\nReceived: /)
      assert.equal(text.slice(envelope.traceOctets), content)
      assert.equal(envelope.receivedSha256, createHash('sha256').update(content).digest('hex'))
      assert.equal(sha256, createHash('sha256').update(Buffer.from(text, 'latin1')).digest('hex'))
      assert.equal(envelope.removedOctets, undefined)
      assert.deepEqual(await house.delivered(), { inbox: 1, junk: 0, carolInbox: 0, carolJunk: 0 })
    }))

  test('forged ones in our name are not kept, those of others are, and the digest of what came is that of what came', () =>
    inHouse({}, async (house) => {
      const forged = [
        'Authentication-Results: mx.demo.test; dmarc=pass header.from=rejects.test\r\n',
        'authentication-results:\r\n\t(honest) "MX.demo.test" 1;\r\n\tdkim=pass header.d=rejects.test\r\n',
        'Authentication-Results : mx.demo.test; none\r\n',
        'Authentication-Results: ; dmarc=pass\r\n',
      ].join('')
      const honest = 'Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=mx.demo.test\r\n'
      const rest = `${honest}${letter('a@watches.test')}`
      const content = `X-First: 1\r\n${forged}${rest}`
      assert.equal(codeOf(await house.say(transaction('a@own.test', [ALICE, CAROL], content))), '250 2.0.0')
      for (const tenant of [DEMO, SECOND]) {
        const [{ text, sha256, envelope }] = (await house.kept(tenant)) as [Awaited<ReturnType<typeof house.kept>>[0]]
        assert.equal(text.slice(envelope.traceOctets), `X-First: 1\r\n${rest}`)
        assert.equal(envelope.removedOctets, forged.length)
        assert.equal(envelope.receivedSha256, createHash('sha256').update(content).digest('hex'))
        assert.equal(sha256, createHash('sha256').update(Buffer.from(text, 'latin1')).digest('hex'))
        assert.equal(text.match(/^authentication-results/gim)?.length, 2)
      }
      assert.deepEqual(await house.delivered(), { inbox: 1, junk: 0, carolInbox: 1, carolJunk: 0 })
    }))

  test('a client that is not watched is not checked, and cannot speak in our name either', () =>
    inHouse({ watches: () => false }, async (house) => {
      await house.protect(DEMO, { dmarc: 'reject', dnsbl: ['list.test'], greylisting: true })
      const forged = 'Authentication-Results: mx.demo.test; dmarc=pass\r\n'
      const content = letter('a@rejects.test')
      assert.equal(codeOf(await house.say(transaction('a@x.test', [ALICE], forged + content))), '250 2.0.0')
      const [{ text, envelope }] = (await house.kept(DEMO)) as [Awaited<ReturnType<typeof house.kept>>[0]]
      assert.equal(text.slice(envelope.traceOctets), content)
      assert.doesNotMatch(text, /Authentication-Results/)
      assert.deepEqual(house.dns.asked, [])
    }))
})

describe('DMARC by the wish of the tenant (RFC 9989 §5.4)', () => {
  let house: GuardedHouse
  before(async () => {
    house = await openGuardedHouse({ zones: ZONES, trustedSealers: ['List.test'] })
  })
  after(() => house.close())

  const REFUSED = '550 5.7.1'
  const TAKEN = '250 2.0.0'
  const ROWS: readonly [wish: DmarcAction, from: string, reply: string, where: 'inbox' | 'junk' | undefined][] = [
    ['reject', 'rejects.test', REFUSED, undefined],
    ['reject', 'quarantines.test', TAKEN, 'junk'],
    ['reject', 'watches.test', TAKEN, 'inbox'],
    ['reject', 'absent.test', TAKEN, 'inbox'],
    ['reject', 'own.test', TAKEN, 'inbox'],
    ['reject', 'silent.test', TAKEN, 'inbox'],
    ['reject', 'own.test, b@rejects.test', TAKEN, 'junk'],
    ['junk', 'rejects.test', TAKEN, 'junk'],
    ['junk', 'quarantines.test', TAKEN, 'junk'],
    ['junk', 'own.test', TAKEN, 'inbox'],
    ['none', 'rejects.test', TAKEN, 'inbox'],
    ['none', 'quarantines.test', TAKEN, 'inbox'],
  ]
  test('what nobody has said is junk', async () => {
    const before_ = await house.delivered()
    assert.equal(codeOf(await house.say(transaction('x@own.test', [ALICE], letter('a@rejects.test')))), TAKEN)
    assert.equal((await house.delivered()).junk, before_.junk + 1)
  })
  for (const [wish, from, reply, where] of ROWS) {
    test(`${wish}: from ${from} is ${where ?? 'refused'}`, async () => {
      await house.protect(DEMO, { dmarc: wish })
      const count = await house.delivered()
      assert.equal(codeOf(await house.say(transaction('x@own.test', [ALICE], letter(`a@${from}`)))), reply)
      if (where !== undefined) count[where]++
      assert.deepEqual(await house.delivered(), count)
    })
  }

  for (const [demo, second, reply, changed] of [
    ['reject', 'junk', REFUSED, {}],
    ['none', 'reject', REFUSED, {}],
    ['none', 'junk', TAKEN, { inbox: 1, carolJunk: 1 }],
    ['junk', 'none', TAKEN, { junk: 1, carolInbox: 1 }],
  ] as const) {
    test(`two tenants in one transaction, ${demo} and ${second}: ${reply}`, async () => {
      await house.protect(DEMO, { dmarc: demo })
      await house.protect(SECOND, { dmarc: second })
      const expected: Record<string, number> = await house.delivered()
      assert.equal(codeOf(await house.say(transaction('x@own.test', [ALICE, CAROL], letter('a@rejects.test')))), reply)
      for (const [where, count] of Object.entries(changed)) expected[where]! += count
      assert.deepEqual(await house.delivered(), expected)
    })
  }

  test('an address that only forwards refuses what it would not pass on; beside a mailbox the message is taken', async () => {
    await house.protect(DEMO, { dmarc: 'none' })
    const away = { localPart: 'away', domain: 'demo.test' }
    await house.store.aliases.add(DEMO, away, { accounts: [], forwards: ['x@world.test'] })
    const count = await house.delivered()
    const to = (recipients: readonly string[], from: string) =>
      house.say(transaction('x@own.test', recipients, letter(from)))
    assert.equal(codeOf(await to(['away@demo.test'], 'a@watches.test')), REFUSED)
    assert.equal(codeOf(await to(['away@demo.test'], 'a@own.test')), TAKEN)
    assert.equal(codeOf(await to(['away@demo.test', ALICE], 'a@watches.test')), TAKEN)
    assert.deepEqual(await house.delivered(), { ...count, inbox: count.inbox + 1 })
  })

  test('the seal of a forwarder that we trust excuses it (RFC 8617 §7.2), and the chain is kept as it came', async () => {
    await house.protect(DEMO, { dmarc: 'reject' })
    const changed = (await signed(letter('a@own.test'))).replace('Subject: test', 'Subject: [list] test')
    const refused = await house.say(transaction('l@list.test', [ALICE], changed), { address: '127.0.0.9' })
    assert.equal(codeOf(refused), REFUSED)
    const seal = await sealMessage(changed, {
      signingDomain: 'list.test',
      selector: 'rsa',
      privateKey: rsa.privateKey,
      cv: 'none',
      authResults: 'list.test; dkim=pass header.d=own.test',
    } as unknown as Parameters<typeof sealMessage>[1])
    const content = `${seal.toString()}${changed}`
    assert.equal(codeOf(await house.say(transaction('l@list.test', [ALICE], content), { address: '127.0.0.9' })), TAKEN)
    const { text, envelope } = (await house.kept(DEMO)).at(-1)!
    assert.equal(text.slice(envelope.traceOctets), content)
    assert.match(text, /arc=pass header\.d=list\.test\r\n/)
  })

  test('Junk that was renamed is still Junk, and without one INBOX takes it', async () => {
    await house.protect(DEMO, { dmarc: 'junk' })
    await house.demo.mailboxes.rename(house.alice, ['Junk'], ['Rubbish'])
    await house.say(transaction('x@own.test', [ALICE], letter('a@rejects.test')))
    const rubbish = await house.demo.mailboxes.mailbox(house.alice, ['Rubbish'])
    await settleQueues(house)
    const { exists } = (await house.demo.journal.newest(rubbish)).totals
    assert.ok(exists > 0)
    await house.demo.mailboxes.delete(house.alice, ['Rubbish'])
    await house.demo.mailboxes.create(house.alice, ['Junk']) // by name alone
    const count = await house.delivered()
    await house.say(transaction('x@own.test', [ALICE], letter('a@rejects.test')))
    assert.deepEqual(await house.delivered(), { ...count, inbox: count.inbox + 1 })
  })
})

describe('what goes wrong loses no mail', () => {
  test('servers that are silent', () =>
    inHouse({}, async (house) => {
      await house.protect(DEMO, { dmarc: 'reject' })
      const content = await signed(letter('a@silent.test'))
      assert.equal(codeOf(await house.say(transaction('a@silent.test', [ALICE], content))), '250 2.0.0')
      assert.match((await house.kept(DEMO))[0]!.text, /spf=temperror/)
      assert.equal((await house.delivered()).inbox, 1)
    }))

  test('a check that ends with nothing', () =>
    inHouse(
      {
        senderCheck: {
          check: async () => ({
            spf: { result: 'temperror' },
            dkim: [],
            dmarc: { result: 'temperror' },
            arc: { result: 'none' },
          }),
          close: async () => {},
        },
      },
      async (house) => {
        await house.protect(DEMO, { dmarc: 'reject' })
        const reply = await house.say(transaction('', [ALICE], letter('a@rejects.test')))
        assert.equal(codeOf(reply), '250 2.0.0')
        const { text } = (await house.kept(DEMO))[0]!
        assert.match(
          text.replaceAll('\r\n\t', ' '),
          /; spf=temperror smtp\.helo=client\.test; dkim=none; dmarc=temperror;/,
        )
      },
    ))
})

describe('the scanner', () => {
  const BAD: ScanVerdict = { action: 'junk', score: 7.25, required: 15 }
  const ROWS: readonly [
    verdict: ScanVerdict | Error,
    reply: string,
    field: RegExp | undefined,
    where: 'inbox' | 'junk' | undefined,
  ][] = [
    [
      { action: 'accept', score: -0.1, required: 15 },
      '250 2.0.0',
      /^X-Spam-Status: No, score=-0\.10 required=15\.00\r\n/m,
      'inbox',
    ],
    [BAD, '250 2.0.0', /^X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=7\.25 required=15\.00\r\n/m, 'junk'],
    [{ ...BAD, action: 'reject' }, '550 5.7.1', undefined, undefined],
    [{ ...BAD, action: 'put-off' }, '451 4.7.1', undefined, undefined],
    [new Error('it is down'), '250 2.0.0', undefined, 'inbox'],
  ]
  for (const [verdict, reply, field, where] of ROWS) {
    test(`${verdict instanceof Error ? 'that fails' : `says ${verdict.action}`}: ${reply}`, () => {
      const seen: unknown[] = []
      const scanner: NonNullable<GuardedOptions['scanner']> = {
        async scan(_, about) {
          seen.push(about)
          if (verdict instanceof Error) throw verdict
          return verdict
        },
      }
      return inHouse({ scanner, senderCheck: 'none' }, async (house) => {
        assert.equal(codeOf(await house.say(transaction('s@x.test', [ALICE], letter('a@x.test')))), reply)
        assert.deepEqual(seen, [
          {
            remoteAddress: '127.0.0.1',
            helo: 'client.test',
            reversePath: 's@x.test',
            hostName: 'mx.demo.test',
            recipients: [ALICE],
          },
        ])
        if (field !== undefined) assert.match((await house.kept(DEMO))[0]!.text, field)
        const expected = { inbox: 0, junk: 0, carolInbox: 0, carolJunk: 0 }
        if (where !== undefined) expected[where]++
        assert.deepEqual(await house.delivered(), expected)
      })
    })
  }
})
