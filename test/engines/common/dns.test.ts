import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createDns } from '../../../shared/engines/common/dns.ts'
import { DnsTimeoutError, type DnsType } from '../../../shared/ports/dns.ts'
import { type DnsAnswer, startDnsServer, characterStrings as text } from '../../dns-server.ts'

function wireName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)])
}

/** A resolver that asks a server of these records; undefined: one that says nothing. */
async function serverFor(test: TestContext, answer: DnsAnswer | undefined) {
  const server = await startDnsServer(() => answer)
  test.after(() => server.close())
  return createDns({ servers: [server.address], timeoutMs: 100, tries: 1 })
}

describe('dns', () => {
  const rows: { type: DnsType; records: Buffer[]; wanted: string[] }[] = [
    { type: 'A', records: [Buffer.of(192, 0, 2, 2), Buffer.of(192, 0, 2, 1)], wanted: ['192.0.2.2', '192.0.2.1'] },
    { type: 'AAAA', records: [Buffer.from('20010db8000000000000000000000001', 'hex')], wanted: ['2001:db8::1'] },
    {
      type: 'MX',
      records: [
        Buffer.concat([Buffer.of(0, 20), wireName('b.test')]),
        Buffer.concat([Buffer.of(0, 10), wireName('a.test')]),
      ],
      wanted: ['20 b.test', '10 a.test'],
    },
    { type: 'TXT', records: [text('v=spf1 ', '-all'), text('ü')], wanted: ['v=spf1 -all', 'ü'] },
    { type: 'CNAME', records: [wireName('other.test')], wanted: ['other.test'] },
    { type: 'PTR', records: [wireName('host.test')], wanted: ['host.test'] },
    { type: 'NS', records: [wireName('ns.test')], wanted: ['ns.test'] },
    {
      type: 'SRV',
      records: [Buffer.concat([Buffer.of(0, 1, 0, 2, 3, 225), wireName('mx.test')])],
      wanted: ['1 2 993 mx.test'],
    },
    { type: 'TLSA', records: [Buffer.of(3, 1, 1, 0xab, 0xcd)], wanted: ['3 1 1 abcd'] },
  ]
  for (const { type, records, wanted } of rows) {
    it(`gives ${type} records as text, in the server's order`, async (t) => {
      const dns = await serverFor(t, { type, records })
      assert.deepEqual(await dns.resolve('name.test', type), wanted)
    })

    it(`has no ${type} records where the name or the type does not exist`, async (t) => {
      assert.deepEqual(await (await serverFor(t, { type, records: [], rcode: 3 })).resolve('name.test', type), [])
      assert.deepEqual(await (await serverFor(t, { type, records: [] })).resolve('name.test', type), [])
    })
  }

  it('tells no answer from no records', async (t) => {
    await assert.rejects((await serverFor(t, undefined)).resolve('name.test', 'MX'), DnsTimeoutError)
    const failing = await serverFor(t, { type: 'MX', records: [], rcode: 2 })
    await assert.rejects(failing.resolve('name.test', 'MX'), DnsTimeoutError)
  })

  it('has no records of what cannot be a name', async (t) => {
    const dns = await serverFor(t, { type: 'A', records: [] })
    for (const name of ['a..b', `${'x'.repeat(64)}.test`]) assert.deepEqual(await dns.resolve(name, 'A'), [])
  })
})
