import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ROOT } from '../../infra/bundle.ts'
import { type Act, COUNTED } from '../../infra/cost/counted.ts'
import { dollarsPerMillion, floor, type Prices, type TemplateResource, total } from '../../infra/cost/price.ts'

const PRICES = JSON.parse(readFileSync(`${ROOT}infra/cost/prices.json`, 'utf8')) as Prices

/** Round figures, so that sums can be done in the head. */
const ROUND: Prices = {
  ...PRICES,
  perMillion: { ...PRICES.perMillion, s3Put: 5, writeUnit: 1, sqsRequest: 0.4 },
  perHour: { fargateVcpu: 0.04, fargateGb: 0.01, loadBalancer: 0.02, publicAddress: 0.01 },
  perMonth: { ...PRICES.perMonth, secret: 1, alarm: 0.1, metric: 0.3 },
}

const SERVICE: TemplateResource = { Type: 'AWS::ECS::Service', Properties: { DesiredCount: 2 } }
const TASK: TemplateResource = { Type: 'AWS::ECS::TaskDefinition', Properties: { Cpu: '256', Memory: '1024' } }

describe('cost', () => {
  test('an act costs the sum of what it asks for', () => {
    assert.equal(dollarsPerMillion({ s3Put: 1, writeUnit: 8 }, ROUND), 13)
    assert.equal(dollarsPerMillion({}, ROUND), 0)
  })

  const FLOORS: [string, TemplateResource[], [string, number, number][]][] = [
    ['nothing', [], []],
    [
      'tasks: vCPU, memory and a public address each',
      [SERVICE, TASK],
      [
        ['Fargate tasks', 2, 2 * (0.01 + 0.01) * 730],
        ['public addresses', 2, 2 * 0.01 * 730],
      ],
    ],
    ['a secret', [{ Type: 'AWS::SecretsManager::Secret' }], [['secrets', 1, 1]]],
    [
      'a scaling policy on a metric of ours: two alarms and the metric',
      [{ Type: 'AWS::ApplicationAutoScaling::ScalingPolicy', Properties: { CustomizedMetricSpecification: {} } }],
      [
        ['alarms', 2, 0.2],
        ['metrics', 1, 0.3],
      ],
    ],
    ['a queue that is polled', [{ Type: 'AWS::Lambda::EventSourceMapping' }], [['polled queues', 1, 0.26]]],
    ['what is billed by use alone', [{ Type: 'AWS::S3::Bucket' }, { Type: 'AWS::Lambda::Function' }], []],
  ]
  for (const [name, resources, expected] of FLOORS) {
    test(`floor: ${name}`, () => {
      const lines = floor(resources, ROUND)
      assert.deepEqual(
        lines.map(({ what, count }) => [what, count]),
        expected.map(([what, count]) => [what, count]),
      )
      for (const [index, { dollars }] of lines.entries()) assert.ok(Math.abs(dollars - expected[index]![2]) < 1e-9)
      assert.ok(Math.abs(total(lines) - expected.reduce((sum, [, , dollars]) => sum + dollars, 0)) < 1e-9)
    })
  }

  test('the price table is dated and complete', () => {
    assert.match(PRICES.date, /^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/)
    for (const act of Object.keys(COUNTED) as Act[])
      assert.ok(Number.isFinite(dollarsPerMillion(COUNTED[act], PRICES)), act)
  })

  test('receiving and indexing keeps to its budget: 1 PUT, 8 write units, 5 for each further recipient, 13 dollars a million', () => {
    const received = COUNTED['receive and index a message of 20 KiB']
    assert.deepEqual([received.s3Put, received.writeUnit], [1, 8])
    assert.equal(COUNTED['each further recipient of the tenant'].writeUnit, 5)
    assert.ok(dollarsPerMillion(received, PRICES) <= 13)
  })
})
