import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ROOT } from '../../infra/bundle.ts'
import { resources, synthesize, VARIANTS, type Variant, words } from './synthesized.ts'

/** As GitHub makes them of headings. */
const HEADINGS = new Set(
  readFileSync(`${ROOT}/infra/RUNBOOK.md`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('## '))
    .map((line) =>
      line
        .slice(3)
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
)

const ALWAYS = ['the-sweep-fails', 'reclaiming-fails', 'too-many-bounces', 'too-many-complaints']
const WITH_TASKS = [
  ...ALWAYS,
  'arrivals-not-indexed',
  'arrivals-are-indexed-late',
  'mail-not-sent',
  'feedback-not-read',
  'jobs-not-done',
  'the-table-is-throttled',
  'smtp-is-not-answering',
]
const EXPECTED: Record<Variant, string[]> = {
  standard: [...WITH_TASKS, 'mailboxes-are-not-answering'],
  'standard, all': [...WITH_TASKS, 'mailboxes-are-not-answering', 'the-door-is-stuck'],
  small: WITH_TASKS,
  'small, door': [...WITH_TASKS, 'the-door-is-stuck'],
  'door-only': [...ALWAYS, 'work-not-done'],
}

describe('alarms', () => {
  for (const [name, context] of Object.entries(VARIANTS) as [Variant, object][]) {
    const templates = synthesize({ ...context })
    const alarms = resources(templates.mail, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties)

    test(`${name}: each names a heading of the runbook and rings at the topic`, () => {
      const headings = alarms.map(({ AlarmDescription }) => {
        const [page, heading] = AlarmDescription.split('#')
        assert.equal(page, 'infra/RUNBOOK.md')
        return heading as string
      })
      assert.deepEqual(headings.toSorted(), EXPECTED[name].toSorted())
      for (const heading of headings) assert.ok(HEADINGS.has(heading), heading)
      for (const { AlarmActions } of alarms)
        assert.deepEqual(
          AlarmActions.map((to: unknown) => words(to, templates)),
          ['AlarmsTopic'],
        )
    })

    test(`${name}: every queue of dead letters rings with the first message`, () => {
      const watched = alarms
        .filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible')
        .map(({ Dimensions, Threshold, ComparisonOperator }) => {
          assert.deepEqual([Threshold, ComparisonOperator], [0, 'GreaterThanThreshold'])
          return words(Dimensions[0].Value, templates)
        })
      const deadLetters = resources(templates.data, 'AWS::SQS::Queue')
        .map(([id]) => words({ Ref: id }, templates))
        .filter((id) => id.endsWith('DeadLetters'))
      assert.deepEqual(watched.toSorted(), deadLetters.toSorted())
    })
  }

  test('a host that says nothing is a host that does not answer', () => {
    for (const [name, context] of Object.entries(VARIANTS)) {
      for (const [, { Properties }] of resources(synthesize(context).mail, 'AWS::CloudWatch::Alarm')) {
        const silent = Properties.AlarmDescription.endsWith('-not-answering')
        assert.equal(
          Properties.TreatMissingData,
          silent ? 'breaching' : 'notBreaching',
          `${name} ${Properties.AlarmDescription}`,
        )
      }
    }
  })

  test('the operator is mailed, where there is an address', () => {
    const subscriptions = (context: object) => resources(synthesize({ ...context }).mail, 'AWS::SNS::Subscription')
    assert.deepEqual(
      subscriptions(VARIANTS['standard, all']).map(([, { Properties }]) => [Properties.Protocol, Properties.Endpoint]),
      [['email', 'ops@example.net']],
    )
    assert.deepEqual(subscriptions(VARIANTS.standard), [])
  })

  test('CloudWatch may ring, and only over TLS', () => {
    for (const [, { Properties }] of resources(synthesize(VARIANTS.standard).mail, 'AWS::SNS::TopicPolicy')) {
      const [deny, allow] = Properties.PolicyDocument.Statement
      assert.deepEqual([deny.Effect, deny.Condition], ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }])
      assert.deepEqual(allow.Principal, { Service: 'cloudwatch.amazonaws.com' })
      assert.deepEqual(allow.Condition, { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } })
    }
  })
})
