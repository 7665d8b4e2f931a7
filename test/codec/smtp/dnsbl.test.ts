import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDnsblName, isListing } from '../../../shared/codec/smtp/dnsbl.ts'

const NAMES: readonly [address: string, name: string | undefined][] = [
  ['192.0.2.99', '99.2.0.192.z.test'],
  ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.z.test'],
  ['::', `${'0.'.repeat(32)}z.test`],
  ['::1', `1.${'0.'.repeat(31)}z.test`],
  ['::FFFF:192.0.2.1', '1.0.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.z.test'],
  ['1:2:3:4:5:6:7:8', '8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.z.test'],
  ['1:2:3:4:5:6:7', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['192.0.2', undefined],
  ['192.0.2.256', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
]
for (const [address, name] of NAMES) {
  test(`${address || 'nothing'} in a list`, () => assert.equal(formatDnsblName(address, 'z.test'), name))
}

for (const [record, listing] of [
  ['127.0.0.2', true],
  ['127.0.1.255', true],
  ['127.255.255.254', false],
  ['192.0.2.1', false],
  ['', false],
] as const) {
  test(`${record || 'nothing'} ${listing ? 'lists' : 'does not list'}`, () => assert.equal(isListing(record), listing))
}
