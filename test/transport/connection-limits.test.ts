import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from '../../shared/mailbox/client-network.ts'
import { countConnections, plainAddress } from '../../shared/transport/connection-limits.ts'

test('addresses as they are known', () => {
  const rows: [address: string, plain: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['', ''],
  ]
  for (const [address, plain] of rows) assert.equal(plainAddress(address), plain)
})

test('an IPv6 customer counts by the /64', () => {
  const rows: [address: string, network: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::2:3:4:5:6', '1:0:0:2::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ]
  for (const [address, network] of rows) assert.equal(networkOf(address), network, address)
})

test('places of one address and in all, given back', () => {
  const count = countConnections({ connections: 3, connectionsPerIp: 2 })
  assert.equal(count.enter('2001:db8::1'), undefined)
  assert.equal(count.enter('2001:db8::2'), undefined)
  assert.equal(count.enter('2001:db8::3'), 'too-many-from-address')
  assert.equal(count.enter('192.0.2.1'), undefined)
  assert.equal(count.enter('192.0.2.2'), 'too-many-connections')
  assert.equal(count.open, 3)
  count.leave('2001:db8::1')
  assert.equal(count.enter('2001:db8::4'), undefined)
})
