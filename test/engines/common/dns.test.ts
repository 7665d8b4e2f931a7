import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { describe, it, type TestContext } from 'node:test'
import { createDns } from '../../../shared/engines/common/dns.ts'
import { DnsTimeoutError, type DnsType } from '../../../shared/ports/dns.ts'

/** RFC 1035 §3.2.2 and those after it. */
const TYPES: Record<DnsType, number> = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28, TLSA: 52, SRV: 33 }

function wireName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)])
}

function text(...strings: string[]): Buffer {
  return Buffer.concat(strings.map((one) => Buffer.from([Buffer.byteLength(one), ...Buffer.from(one)])))
}

/** A server on this machine (RFC 1035 §4.1) that answers every question with these records and this RCODE; undefined: not at all. */
async function serverFor(test: TestContext, answer: { type: DnsType; records: Buffer[]; rcode?: number } | undefined) {
  const socket = createSocket('udp4')
  test.after(() => socket.close())
  socket.on('message', (query, { port, address }) => {
    if (!answer) return
    const { type, records, rcode = 0 } = answer
    const questionEnd = query.indexOf(0, 12) + 5
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(0x8180 | rcode, 2) // response, recursion desired and available
    header.writeUInt16BE(records.length, 6)
    header.writeUInt32BE(0, 8)
    const answers = records.map((data) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0) // the name of the question (RFC 1035 §4.1.4)
      record.writeUInt16BE(TYPES[type], 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(data.length, 10)
      return Buffer.concat([record, data])
    })
    socket.send(Buffer.concat([header, query.subarray(12, questionEnd), ...answers]), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()))
  return createDns({ servers: [`127.0.0.1:${socket.address().port}`], timeoutMs: 100, tries: 1 })
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
