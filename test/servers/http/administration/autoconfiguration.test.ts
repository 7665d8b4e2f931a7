/** What mail programs ask for, as they ask for it. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { Parser } from 'htmlparser2'
import { formatMobileconfig } from '../../../../shared/codec/autoconfig/mobileconfig.ts'
import { mailHostOf } from '../../../../shared/flows/tenants/domain-records.ts'
import { type ApiHouse, openApiHouse } from '../api-house.ts'

const PORTS = { imaps: 1993, pop3s: 1995, submissions: 1465, submission: 1587, https: 1443 }

/** Text of each element by its path; throws where the document is not well-formed. */
function elements(xml: string): [string, string][] {
  const open: string[] = []
  const found: [string, string][] = []
  const parser = new Parser(
    {
      onopentag(name) {
        open.push(name)
        found.push([open.join('/'), ''])
      },
      ontext(text) {
        if (text.trim() !== '' && found.length > 0) found.at(-1)![1] += text
      },
      onclosetag(name, implied) {
        assert.equal(open.pop(), name)
        assert.ok(!implied || xml.includes('/>'), `${name} has no end`)
      },
    },
    { xmlMode: true },
  )
  parser.end(xml)
  assert.deepEqual(open, [])
  return found
}

describe('autoconfiguration', () => {
  let house: ApiHouse
  before(async () => {
    const mailHost = { ...mailHostOf('mx.tubepost.test'), ports: PORTS, mtaSts: 'enforce' as const }
    house = await openApiHouse({ mailHost })
    await house.call('POST', '/domains', { body: { name: 'unproved.test' } })
  })
  after(() => house.close())

  /** With a Host of its own, which fetch does not send. */
  function ask(method: string, path: string, { host = 'mx.tubepost.test', body = '' } = {}) {
    return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const headers = {
        host,
        ...(body !== '' && { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) }),
      }
      const call = request(`${house.url}${path}`, { method, headers }, async (answer) => {
        const text = Buffer.concat(await Array.fromAsync(answer)).toString()
        resolve({ status: answer.statusCode!, type: answer.headers['content-type'] ?? '', text })
      })
      call.on('error', reject)
      call.end(body)
    })
  }

  const THUNDERBIRD: [string, string, string][] = [
    ['GET', '/mail/config-v1.1.xml?emailaddress=alice%40demo.test', 'autoconfig.demo.test'],
    ['GET', '/mail/config-v1.1.xml', 'autoconfig.demo.test'],
    ['GET', '/.well-known/autoconfig/mail/config-v1.1.xml', 'demo.test'],
    ['GET', '/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=ALICE@DEMO.TEST', 'mx.tubepost.test'],
  ]
  for (const [method, path, host] of THUNDERBIRD) {
    test(`Thunderbird: ${host}${path}`, async () => {
      const { status, type, text } = await ask(method, path, { host })
      assert.deepEqual([status, type], [200, 'text/xml; charset=utf-8'])
      const found = elements(text)
      const ports = found.filter(([path]) => path.endsWith('/port')).map(([, port]) => Number(port))
      assert.deepEqual(ports, [1993, 1995, 1465, 1587])
      const users = found.filter(([path]) => path.endsWith('/username')).map(([, user]) => user)
      assert.deepEqual(users, ['%EMAILADDRESS%', '%EMAILADDRESS%', '%EMAILADDRESS%', '%EMAILADDRESS%'])
      assert.ok(found.some(([path, domain]) => path.endsWith('/domain') && domain === 'demo.test'))
    })
  }

  const wanted = (
    address: string,
    schema = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a',
  ) =>
    `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
  <Request>
    <EMailAddress>${address}</EMailAddress>
    <AcceptableResponseSchema>${schema}</AcceptableResponseSchema>
  </Request>
</Autodiscover>`

  for (const path of [
    '/autodiscover/autodiscover.xml',
    '/Autodiscover/Autodiscover.xml',
    '/AutoDiscover/AutoDiscover.xml',
  ]) {
    test(`Outlook: ${path}`, async () => {
      const { status, text } = await ask('POST', path, {
        host: 'autodiscover.demo.test',
        body: wanted('alice@demo.test'),
      })
      assert.equal(status, 200)
      const found = elements(text)
      const all = (name: string) => found.filter(([path]) => path.endsWith(`/Protocol/${name}`)).map(([, text]) => text)
      assert.deepEqual(all('Type'), ['IMAP', 'POP3', 'SMTP'])
      assert.deepEqual(all('Port'), ['1993', '1995', '1465'])
      assert.deepEqual(all('LoginName'), ['alice@demo.test', 'alice@demo.test', 'alice@demo.test'])
    })
  }

  test('Outlook: what is not to be had', async () => {
    const path = '/autodiscover/autodiscover.xml'
    const mobile = await ask('POST', path, {
      body: wanted(
        'alice@demo.test',
        'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006',
      ),
    })
    assert.match(mobile.text, /<ErrorCode>601</)
    for (const body of ['', 'no xml', wanted(''), '<a><b></a>', '\0\0<EMailAddress>']) {
      const { status, text } = await ask('POST', path, { body })
      assert.equal(status, 200)
      assert.match(text, /<ErrorCode>600</)
    }
    assert.equal((await ask('POST', path, { body: 'x'.repeat(70_000) })).status, 413)
    assert.equal((await ask('POST', path, { body: wanted('a@elsewhere.test') })).status, 404)
  })

  test('entities of a document are not expanded', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "alice@demo.test"><!ENTITY xxe SYSTEM "file:///etc/passwd">]>
      <Autodiscover><Request><EMailAddress>&lol;&xxe;@demo.test</EMailAddress></Request></Autodiscover>`
    const { text } = await ask('POST', '/autodiscover/autodiscover.xml', { body: bomb })
    assert.doesNotMatch(text, /alice@demo\.test@|root:/)
  })

  test('what is given back is escaped', async () => {
    const address = '&quot;&lt;b&gt;&amp;&quot;@demo.test'
    const { text } = await ask('POST', '/autodiscover/autodiscover.xml', { body: wanted(address) })
    assert.doesNotMatch(text, /<b>/)
    elements(text)
    elements(
      formatMobileconfig({ address: `"<x>&'\u0000"@demo.test`, domain: 'demo.test', hostName: 'h', ports: PORTS }),
    )
  })

  test('Outlook by JSON', async () => {
    for (const path of [
      '/autodiscover/autodiscover.json?Email=alice%40demo.test&Protocol=Autodiscoverv1',
      '/autodiscover/autodiscover.json/v1.0/alice%40demo.test?Protocol=AutodiscoverV1',
    ]) {
      const { status, text } = await ask('GET', path)
      assert.equal(status, 200, path)
      assert.deepEqual(JSON.parse(text), {
        Protocol: 'AutodiscoverV1',
        Url: 'https://mx.tubepost.test:1443/autodiscover/autodiscover.xml',
      })
    }
    const other = await ask('GET', '/autodiscover/autodiscover.json?Email=alice%40demo.test&Protocol=ActiveSync')
    assert.deepEqual([other.status, JSON.parse(other.text).ErrorCode], [400, 'ProtocolNotSupported'])
  })

  test('Apple: a profile that is the same each time', async () => {
    const { status, type, text } = await ask('GET', '/apple.mobileconfig?email=alice%40demo.test')
    assert.deepEqual([status, type], [200, 'application/x-apple-aspen-config; charset=utf-8'])
    const found = elements(text)
    const behindKey = (key: string) => found[found.findIndex(([, text]) => text === key) + 1]![1]
    assert.equal(behindKey('IncomingMailServerPortNumber'), '1993')
    assert.equal(behindKey('OutgoingMailServerPortNumber'), '1465')
    assert.equal(behindKey('EmailAddress'), 'alice@demo.test')
    assert.match(behindKey('PayloadUUID'), /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/)
    assert.equal((await ask('GET', '/.well-known/apple.mobileconfig?email=alice%40demo.test')).text, text)
    assert.equal((await ask('GET', '/apple.mobileconfig?email=demo.test')).status, 422)
  })

  test('MTA-STS by host', async () => {
    const { status, type, text } = await ask('GET', '/.well-known/mta-sts.txt', { host: 'mta-sts.demo.test' })
    assert.deepEqual([status, type], [200, 'text/plain; charset=utf-8'])
    assert.equal(text, 'version: STSv1\r\nmode: enforce\r\nmx: mx.tubepost.test\r\nmax_age: 1209600\r\n')
    assert.equal((await ask('GET', '/.well-known/mta-sts.txt', { host: 'mta-sts.unproved.test' })).status, 404)
  })

  const NOT_OURS: [string, string][] = [
    ['/mail/config-v1.1.xml?emailaddress=a@elsewhere.test', 'autoconfig.demo.test'],
    ['/mail/config-v1.1.xml', 'autoconfig.unproved.test'],
    ['/mail/config-v1.1.xml?emailaddress=a@@b', 'x.test'],
    ['/apple.mobileconfig?email=a@unproved.test', 'x.test'],
    ['/apple.mobileconfig', 'x.test'],
    ['/autodiscover/autodiscover.json?Email=a@elsewhere.test&Protocol=Autodiscoverv1', 'x.test'],
    ['/.well-known/mta-sts.txt', 'demo.example'],
  ]
  for (const [path, host] of NOT_OURS) {
    test(`404: ${host}${path}`, async () => {
      const { status, text } = await ask('GET', path, { host })
      assert.deepEqual([status, JSON.parse(text).name], [404, 'not_found'])
    })
  }

  test('whether an account is there nobody learns', async () => {
    for (const path of ['/mail/config-v1.1.xml?emailaddress=', '/apple.mobileconfig?email=']) {
      const [there, not] = await Promise.all([
        ask('GET', `${path}alice@demo.test`),
        ask('GET', `${path}nobody@demo.test`),
      ])
      assert.equal(there!.status, not!.status)
    }
  })

  test('the domain shows its records, and they are looked up', async () => {
    const { body: added } = await house.call('POST', '/domains', { body: { name: 'srv.test' } })
    const named = (records: { name: string }[], name: string) => records.find((record) => record.name === name)
    assert.deepEqual(named(added.records, '_imaps._tcp.srv.test'), {
      record: 'Autoconfiguration',
      name: '_imaps._tcp.srv.test',
      type: 'SRV',
      value: '1 1993 mx.tubepost.test',
      priority: 0,
      ttl: 'Auto',
      status: 'not_started',
      required: false,
    })
    house.zone.set('SRV _imaps._tcp.srv.test', ['10 5 1993 MX.tubepost.test.'])
    house.zone.set('SRV _pop3s._tcp.srv.test', ['10 5 995 mx.tubepost.test'])
    house.zone.set('CNAME autoconfig.srv.test', ['mx.tubepost.test'])
    await house.call('POST', `/domains/${added.id}/verify`)
    const { body: shown } = await house.call('GET', `/domains/${added.id}`)
    const statusOf = (name: string) => shown.records.find((record: { name: string }) => record.name === name).status
    assert.deepEqual(
      ['_imaps._tcp', '_pop3s._tcp', '_submissions._tcp', '_autodiscover._tcp', 'autoconfig'].map((name) =>
        statusOf(`${name}.srv.test`),
      ),
      ['verified', 'failed', 'pending', 'pending', 'verified'],
    )
  })
})
