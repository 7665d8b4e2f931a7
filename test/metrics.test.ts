import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCounted, beforeMetrics, counted, counter, gauge, histogram, metricsText } from '../shared/metrics.ts'

async function linesOf(name: string): Promise<string[]> {
  return (await metricsText()).split('\n').filter((line) => line.includes(name))
}

test('a counter by its labels, in the words of the text format', async () => {
  const calls = counter('test_calls_total', 'Calls.', ['name', 'result'])
  calls.add(1, 'one', 'ok')
  calls.add(2, 'one', 'ok')
  calls.add(1, 'a "quoted\\', 'ok')
  assert.deepEqual(await linesOf('test_calls'), [
    '# HELP test_calls_total Calls.',
    '# TYPE test_calls_total counter',
    'test_calls_total{name="one",result="ok"} 3',
    'test_calls_total{name="a \\"quoted\\\\",result="ok"} 1',
  ])
})

test('a gauge goes both ways, and is asked for where it has to be', async () => {
  const open = gauge('test_open', 'Open.', [])
  open.add(2)
  open.add(-1)
  assert.equal((await linesOf('test_open')).at(-1), 'test_open 1')
  const forget = beforeMetrics(async () => open.set(7))
  beforeMetrics(async () => {
    throw new Error('cannot be asked')
  })
  assert.equal((await linesOf('test_open')).at(-1), 'test_open 7')
  open.set(8)
  forget()
  assert.equal((await linesOf('test_open')).at(-1), 'test_open 8')
})

test('a histogram counts what is below each bound', async () => {
  const seconds = histogram('test_seconds', 'Time.', ['call'])
  for (const value of [0.001, 0.002, 0.3, 60]) seconds.observe(value, 'get')
  const lines = await linesOf('test_seconds')
  const bucket = (le: string) => lines.find((line) => line.includes(`le="${le}"`))
  assert.equal(bucket('0.001'), 'test_seconds_bucket{call="get",le="0.001"} 1')
  assert.equal(bucket('0.0025'), 'test_seconds_bucket{call="get",le="0.0025"} 2')
  assert.equal(bucket('10'), 'test_seconds_bucket{call="get",le="10"} 3')
  assert.equal(bucket('+Inf'), 'test_seconds_bucket{call="get",le="+Inf"} 4')
  assert.equal(lines.at(-1), 'test_seconds_count{call="get"} 4')
  assert.equal(lines.at(-2), 'test_seconds_sum{call="get"} 60.303')
})

test('no name twice', () => {
  counter('test_once', 'Once.', [])
  assert.throws(() => counter('test_once', 'Twice.', []), /test_once/)
})

test('what other threads counted is added, also where this one knows nothing of it', async () => {
  const calls = counter('test_threads_total', 'Calls.', ['name'])
  const seconds = histogram('test_threads_seconds', 'Time.', [])
  calls.add(1, 'here')
  seconds.observe(0.3)
  const elsewhere = structuredClone(counted())
  calls.add(1, 'here')
  const forget = addCounted(
    async () => new Map([...elsewhere, ['test_elsewhere_total', elsewhere.get('test_threads_total')!]]),
  )
  assert.equal((await linesOf('test_threads_total')).at(-1), 'test_threads_total{name="here"} 3')
  assert.equal((await linesOf('test_threads_seconds')).at(-1), 'test_threads_seconds_count 2')
  assert.equal((await linesOf('test_elsewhere_total')).at(-1), 'test_elsewhere_total{name="here"} 1')
  forget()
  assert.equal((await linesOf('test_threads_total')).at(-1), 'test_threads_total{name="here"} 2')
})
