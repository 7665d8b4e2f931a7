import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cachedDns } from '../../../shared/engines/common/dns-cache.ts'
import { DnsTimeoutError } from '../../../shared/ports/dns.ts'
import { settableClock } from '../../house.ts'
import { type Zones, zonesDns } from '../../zones.ts'

const ZONES: Zones = { 'A a.test': ['192.0.2.1'], 'TXT a.test': ['text'], 'A silent.test': 'silent' }

test('an answer holds for a while, also that there is none; type and name make the question, case does not', async () => {
  const clock = settableClock()
  const dns = zonesDns(ZONES)
  const cached = cachedDns(dns, clock, { holdsMs: 60_000, absentHoldsMs: 30_000 })
  const ask = () =>
    Promise.all([cached.resolve('a.test', 'A'), cached.resolve('A.Test', 'A'), cached.resolve('b.test', 'A')])
  assert.deepEqual(await ask(), [['192.0.2.1'], ['192.0.2.1'], []])
  assert.deepEqual(await cached.resolve('a.test', 'TXT'), ['text'])
  assert.equal(dns.asked.length, 3, 'asked once where two ask at a time')
  clock.advance(29_000)
  await ask()
  assert.equal(dns.asked.length, 3)
  clock.advance(2000)
  await ask()
  assert.equal(dns.asked.length, 4)
  clock.advance(60_000)
  await ask()
  assert.equal(dns.asked.length, 6)
})

test('what one asker does to its answer is not what the next gets', async () => {
  const cached = cachedDns(zonesDns(ZONES), settableClock())
  ;(await cached.resolve('a.test', 'A')).push('x')
  assert.deepEqual(await cached.resolve('a.test', 'A'), ['192.0.2.1'])
})

test('no answer is not kept', async () => {
  const dns = zonesDns(ZONES)
  const cached = cachedDns(dns, settableClock())
  await assert.rejects(cached.resolve('silent.test', 'A'), DnsTimeoutError)
  await assert.rejects(cached.resolve('silent.test', 'A'), DnsTimeoutError)
  assert.equal(dns.asked.length, 2)
})

test('so many answers are kept, and none that is too long', async () => {
  const dns = zonesDns({ 'TXT long.test': ['x'.repeat(9000)] })
  const cached = cachedDns(dns, settableClock(), { answers: 2 })
  for (const name of ['1', '2', '3', '3', '2', '1', 'long.test', 'long.test']) await cached.resolve(name, 'TXT')
  assert.deepEqual(
    dns.asked.map((question) => question.slice(4)),
    ['1', '2', '3', '1', 'long.test', 'long.test'],
  )
})
