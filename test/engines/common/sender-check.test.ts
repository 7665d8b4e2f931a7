import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { dkimSign, sealMessage } from 'mailauth'
import { bundleThread } from '../../../infra/bundle.ts'
import { openSenderCheck, type SenderCheckOptions } from '../../../shared/engines/common/sender-check.ts'
import { setLogLevel } from '../../../shared/log.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { BlobSource } from '../../../shared/ports/blobs.ts'
import type { SenderClaims, SenderVerdict } from '../../../shared/ports/sender-check.ts'
import { makeSigningKey, type Zones, zonesDns } from '../../zones.ts'

const rsa = makeSigningKey('rsa')
const ed25519 = makeSigningKey('ed25519')

const ZONES: Zones = {
  'TXT pass.test': ['v=spf1 ip4:192.0.2.1 -all'],
  'TXT fail.test': ['v=spf1 ip4:198.51.100.1 -all'],
  'TXT soft.test': ['v=spf1 ~all'],
  'TXT neutral.test': ['v=spf1 ?all'],
  'TXT wrong.test': ['v=spf1 nonsense:x -all'],
  'TXT silent.test': 'silent',
  'TXT mx.test': ['v=spf1 mx -all'],
  'MX mx.test': ['10 mail.mx.test'],
  'A mail.mx.test': ['192.0.2.1'],
  'TXT loop.test': ['v=spf1 include:loop.test -all'],
  'TXT six.test': ['v=spf1 ip6:2001:db8::/32 -all'],
  'TXT helo.test': ['v=spf1 a -all'],
  'A helo.test': ['192.0.2.1'],
  'TXT rsa._domainkey.signed.test': [rsa.record],
  'TXT ed._domainkey.signed.test': [ed25519.record],
  'TXT silent._domainkey.signed.test': 'silent',
  'TXT rsa._domainkey.list.test': [rsa.record],
  'TXT _dmarc.signed.test': ['v=DMARC1; p=reject'],
  'TXT _dmarc.quarantined.test': ['v=DMARC1; p=quarantine; aspf=s'],
  'TXT quarantined.test': ['v=spf1 ip4:192.0.2.1 -all'],
  'TXT sub.quarantined.test': ['v=spf1 ip4:192.0.2.1 -all'],
  'TXT _dmarc.open.test': ['v=DMARC1; p=none'],
  'TXT _dmarc.silent.test': 'silent',
}

const CLAIMS: SenderClaims = { remoteAddress: '192.0.2.1', helo: 'client.test', reversePath: '' }

function plain(from: string, body = 'Hello.\r\n'): string {
  return `From: ${from}\r\nTo: alice@demo.test\r\nSubject: test\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n${body}`
}

async function signed(text: string, signatures: readonly ['rsa' | 'ed', string, string][]): Promise<string> {
  const { signatures: fields, errors } = await dkimSign(text, {
    signatureData: signatures.map(([key, signingDomain, selector]) => ({
      signingDomain,
      selector,
      privateKey: (key === 'rsa' ? rsa : ed25519).privateKey,
    })),
  } as unknown as Parameters<typeof dkimSign>[1])
  assert.deepEqual(errors, [])
  return fields + text
}

async function verdictOf(
  text: string,
  claims: Partial<SenderClaims> = {},
  options: Partial<SenderCheckOptions> = {},
): Promise<SenderVerdict> {
  const own = openSenderCheck({ dns: zonesDns(ZONES), hostName: 'mx.test', threads: 1, ...options })
  try {
    return await own.check(sourceOf(Buffer.from(text)), { ...CLAIMS, ...claims })
  } finally {
    await own.close()
  }
}

before(() => setLogLevel('silent'))
after(() => setLogLevel('info'))

describe('verdicts', () => {
  const shared = openSenderCheck({ dns: zonesDns(ZONES), hostName: 'mx.test', threads: 1 })
  after(() => shared.close())
  const check = (text: string, claims: Partial<SenderClaims> = {}) =>
    shared.check(sourceOf(Buffer.from(text)), { ...CLAIMS, ...claims })

  for (const [claims, result] of [
    [{ reversePath: 'a@pass.test' }, 'pass'],
    [{ reversePath: 'a@fail.test' }, 'fail'],
    [{ reversePath: 'a@soft.test' }, 'softfail'],
    [{ reversePath: 'a@neutral.test' }, 'neutral'],
    [{ reversePath: 'a@wrong.test' }, 'permerror'],
    [{ reversePath: 'a@silent.test' }, 'temperror'],
    [{ reversePath: 'a@absent.test' }, 'none'],
    [{ reversePath: 'a@mx.test' }, 'pass'],
    [{ reversePath: 'a@loop.test' }, 'permerror'],
    [{ reversePath: 'a@six.test', remoteAddress: '2001:db8::1' }, 'pass'],
    [{ reversePath: 'a@six.test' }, 'fail'],
    [{ reversePath: '', helo: 'helo.test' }, 'pass'],
    [{ reversePath: '', helo: '[192.0.2.1]' }, 'none'],
    [{ reversePath: `${'a'.repeat(64)}@${'x.'.repeat(120)}test` }, 'none'],
  ] as const) {
    test(`SPF (RFC 7208): ${JSON.stringify(claims).slice(0, 60)} is ${result}`, async () => {
      assert.deepEqual((await check(plain('a@open.test'), claims)).spf, { result })
    })
  }

  test('DKIM (RFC 6376, RFC 8463): RSA and Ed25519 beside each other', async () => {
    const { dkim, dmarc } = await check(
      await signed(plain('a@signed.test'), [
        ['rsa', 'signed.test', 'rsa'],
        ['ed', 'signed.test', 'ed'],
      ]),
    )
    assert.deepEqual(dkim.map(({ result, domain, selector }) => [result, domain, selector]).sort(), [
      ['pass', 'signed.test', 'ed'],
      ['pass', 'signed.test', 'rsa'],
    ])
    assert.ok(dkim.every(({ signature }) => signature.length === 8))
    assert.deepEqual(dmarc, { result: 'pass', from: 'signed.test', policy: 'reject' })
  })

  test('DKIM: what was changed on the way fails; without a key it fails too; a silent server proves nothing', async () => {
    const good = await signed(plain('a@signed.test'), [['rsa', 'signed.test', 'rsa']])
    const body = await check(`${good}PS\r\n`)
    assert.deepEqual([body.dkim[0]!.result, body.dmarc.result], ['fail', 'fail'])
    const header = await check(good.replace('Subject: test', 'Subject: best'))
    assert.deepEqual([header.dkim[0]!.result, header.dmarc.result], ['fail', 'fail'])
    const absent = await check(await signed(plain('a@signed.test'), [['rsa', 'signed.test', 'absent']]))
    assert.deepEqual([absent.dkim[0]!.result, absent.dmarc.result], ['neutral', 'fail'])
    const silent = await check(await signed(plain('a@signed.test'), [['rsa', 'signed.test', 'silent']]))
    assert.deepEqual([silent.dkim[0]!.result, silent.dmarc.result], ['temperror', 'temperror'])
    const foreign = await check(await signed(plain('a@signed.test'), [['rsa', 'silent.test', 'absent']]), {
      reversePath: 'a@silent.test',
    })
    assert.deepEqual([foreign.spf.result, foreign.dmarc.result], ['temperror', 'fail'], 'no alibi by a silent server')
  })

  for (const [name, from, reversePath, dmarc] of [
    ['SPF aligned', 'a@quarantined.test', 'b@quarantined.test', { result: 'pass', policy: 'quarantine' }],
    [
      'SPF of a subdomain, alignment strict',
      'a@quarantined.test',
      'b@sub.quarantined.test',
      { result: 'fail', policy: 'quarantine' },
    ],
    ['SPF of another domain', 'a@signed.test', 'b@pass.test', { result: 'fail', policy: 'reject' }],
    ['a policy of none', 'a@open.test', 'b@pass.test', { result: 'fail', policy: 'none' }],
    [
      'a subdomain has the policy of its parent',
      'a@sub.signed.test',
      'b@pass.test',
      { result: 'fail', policy: 'reject' },
    ],
    ['no policy', 'a@absent.test', 'b@pass.test', { result: 'none' }],
    ['no answer', 'a@silent.test', 'b@pass.test', { result: 'temperror' }],
    ['two authors of two domains', 'a@signed.test, b@pass.test', 'b@pass.test', { result: 'permerror' }],
  ] as const) {
    test(`DMARC (RFC 9989): ${name}`, async () => {
      const got = (await check(plain(from), { reversePath })).dmarc
      const { from: _, ...rest } = got
      assert.deepEqual(rest, dmarc)
    })
  }

  test('DMARC: a second From field hides nothing', async () => {
    const text = `From: a@pass.test\r\n${plain('b@signed.test')}`
    assert.equal((await check(text, { reversePath: 'a@pass.test' })).dmarc.result, 'permerror')
  })

  test('ARC (RFC 8617): a chain that holds is told with its newest sealer, a broken one is not', async () => {
    const original = await signed(plain('a@signed.test'), [['rsa', 'signed.test', 'rsa']])
    const changed = original.replace('Subject: test', 'Subject: [list] test')
    const seal = await sealMessage(changed, {
      signingDomain: 'list.test',
      selector: 'rsa',
      privateKey: rsa.privateKey,
      cv: 'none',
      authResults: 'list.test; dkim=pass header.d=signed.test',
    } as unknown as Parameters<typeof sealMessage>[1])
    const sealed = `${seal.toString()}${changed}`
    const { arc, dmarc } = await check(sealed)
    assert.deepEqual([arc, dmarc.result], [{ result: 'pass', sealer: 'list.test' }, 'fail'])
    assert.deepEqual((await check(sealed.replace('[list]', '[other]'))).arc, { result: 'fail' })
  })
})

test('the thread as it is bundled for the tasks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-thread-'))
  try {
    const thread = pathToFileURL(await bundleThread('sender-check-thread', folder))
    const text = await signed(plain('a@signed.test'), [['ed', 'signed.test', 'ed']])
    const { spf, dkim, dmarc } = await verdictOf(text, { reversePath: 'a@pass.test' }, { thread })
    assert.deepEqual([spf.result, dkim[0]!.result, dmarc.result], ['pass', 'pass', 'pass'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('what costs too much or goes wrong', () => {
  test('look-ups have a limit of time together, and the rest of the verdict stands', async () => {
    const dns = zonesDns({ ...ZONES, 'TXT slow.test': 'never', 'TXT _dmarc.slow.test': 'never' })
    const text = await signed(plain('a@slow.test'), [['rsa', 'signed.test', 'rsa']])
    const { spf, dkim, dmarc } = await verdictOf(text, { reversePath: 'a@slow.test' }, { dns, dnsMs: 700 })
    assert.deepEqual([spf.result, dkim[0]!.result, dmarc.result], ['temperror', 'pass', 'temperror'])
  })

  test('a sender whose servers are slow hides no policy of another (From of signed.test)', async () => {
    const slow = { 'TXT s._domainkey.slow.test': 'never', 'TXT slow.test': 'never' } as const
    const dns = zonesDns({ ...ZONES, ...slow, 'TXT _dmarc.slow.test': ['v=spf1 include:_dmarc.slow.test'] })
    const forged = await signed(plain('a@signed.test'), [
      ['rsa', 'signed.test', 'absent'],
      ['rsa', 'slow.test', 's'],
    ])
    const { dmarc } = await verdictOf(forged, { reversePath: 'a@slow.test' }, { dns, dnsMs: 500 })
    assert.deepEqual(dmarc, { result: 'fail', from: 'signed.test', policy: 'reject' })
  })

  test('only so many signatures are tried', async () => {
    const dns = zonesDns(ZONES)
    const forged = (at: number) =>
      `DKIM-Signature: v=1; a=rsa-sha256; d=d${at}.test; s=s; c=relaxed/relaxed; h=from; l=${at}; bh=AA==; b=AA==\r\n`
    const many = Array.from({ length: 500 }, (_, at) => forged(at)).join('')
    const { dkim } = await verdictOf(many + plain('a@open.test', 'x\r\n'.repeat(10_000)), {}, { dns, signatures: 10 })
    assert.equal(dkim.length, 10)
    assert.ok(dns.asked.length < 30)
  })

  test('a header that is too large is not read, and SPF still is', async () => {
    const text = `X-Pad: ${'x'.repeat(2000)}\r\n`.repeat(10) + plain('a@signed.test')
    const { spf, dmarc } = await verdictOf(text, { reversePath: 'a@pass.test' }, { headerOctets: 16 * 1024 })
    assert.deepEqual([spf.result, dmarc], ['pass', { result: 'permerror' }])
  })

  test('a message of many chunks, of none, and one whose octets cannot be read', async () => {
    const own = openSenderCheck({ dns: zonesDns(ZONES), hostName: 'mx.test', threads: 1 })
    try {
      const text = await signed(plain('a@signed.test', 'a line\r\n'.repeat(50_000)), [['rsa', 'signed.test', 'rsa']])
      const octets = Buffer.from(text)
      const chunked: BlobSource = {
        ...sourceOf(octets),
        async *open() {
          for (let at = 0; at < octets.length; at += 1001) yield octets.subarray(at, at + 1001)
        },
      }
      assert.equal((await own.check(chunked, CLAIMS)).dkim[0]!.result, 'pass')
      const none = await own.check(sourceOf(Buffer.alloc(0)), CLAIMS)
      assert.deepEqual([none.dkim, none.dmarc], [[], { result: 'none' }])
      const broken: BlobSource = {
        ...sourceOf(octets),
        // biome-ignore lint/correctness/useYield: it fails before the first
        async *open() {
          throw new Error('the disk is gone')
        },
      }
      assert.equal((await own.check(broken, CLAIMS)).dmarc.result, 'temperror')
      assert.equal((await own.check(chunked, CLAIMS)).dkim[0]!.result, 'pass', 'and the thread goes on')
    } finally {
      await own.close()
    }
    assert.equal((await own.check(sourceOf(Buffer.from('x')), CLAIMS)).spf.result, 'temperror', 'once closed')
  })

  test('a hundred at a time, on two threads', async () => {
    const own = openSenderCheck({ dns: zonesDns(ZONES), hostName: 'mx.test', threads: 2, atOnce: 8 })
    try {
      const text = await signed(plain('a@signed.test'), [['rsa', 'signed.test', 'rsa']])
      const source = sourceOf(Buffer.from(text))
      const verdicts = await Promise.all(Array.from({ length: 100 }, () => own.check(source, CLAIMS)))
      assert.ok(verdicts.every(({ dkim }) => dkim[0]!.result === 'pass'))
    } finally {
      await own.close()
    }
  })

  test('a thread that dies or hangs answers temperror, and another takes its place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tubepost-thread-'))
    // Dies of the first message that says so, hangs on the next, and else answers.
    const code = join(folder, 'thread.mjs')
    writeFileSync(
      code,
      `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ kind, job, claims }) => {
        if (kind !== 'check') return
        if (claims.helo === 'die') throw new Error('as told')
        if (claims.helo === 'hang') for (;;) {}
        const verdict = { spf: { result: 'pass' }, dkim: [], dmarc: { result: 'none' }, arc: { result: 'none' } }
        parentPort.postMessage({ kind: 'verdict', job, verdict })
      })`,
    )
    const thread = pathToFileURL(code)
    const own = openSenderCheck({ dns: zonesDns({}), hostName: 'mx.test', threads: 1, limitMs: 1500, thread })
    const result = async (helo: string) => (await own.check(sourceOf(Buffer.from('x')), { ...CLAIMS, helo })).spf.result
    try {
      for (const [helo, expected] of [
        ['fine', 'pass'],
        ['die', 'temperror'],
        ['fine', 'pass'],
        ['hang', 'temperror'],
        ['fine', 'pass'],
      ] as const) {
        assert.equal(await result(helo), expected, helo)
      }
    } finally {
      await own.close()
      await rm(folder, { recursive: true })
    }
  })
})
