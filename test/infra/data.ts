import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { only, type Resource, resources, synthesize, VARIANTS, type Variant, words } from './synthesized.ts'

const ALL = Object.entries(VARIANTS) as [Variant, object][]

function statements(policy: Resource) {
  return policy.Properties.PolicyDocument.Statement
}

describe('data', () => {
  for (const [name, context] of ALL) {
    const templates = synthesize({ ...context })
    const { data, mail } = templates

    test(`${name}: the table is on demand, recoverable, protected, and keeps its place`, () => {
      const { Properties, DeletionPolicy } = only(data, 'AWS::DynamoDB::Table')
      assert.equal(DeletionPolicy, 'Retain')
      assert.deepEqual(Properties, {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      })
    })

    test(`${name}: the bucket is versioned, encrypted, private, and keeps its place`, () => {
      const { Properties, DeletionPolicy } = only(data, 'AWS::S3::Bucket')
      assert.equal(DeletionPolicy, 'Retain')
      assert.deepEqual(Properties.VersioningConfiguration, { Status: 'Enabled' })
      assert.deepEqual(Properties.BucketEncryption.ServerSideEncryptionConfiguration, [
        { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
      ])
      assert.ok(Object.values(Properties.PublicAccessBlockConfiguration).every((blocked) => blocked === true))
    })

    test(`${name}: no mail expires; what was deleted does, and large messages move to a cheaper tier`, () => {
      const { Rules } = only(data, 'AWS::S3::Bucket').Properties.LifecycleConfiguration
      for (const { ExpirationInDays, Prefix } of Rules)
        assert.ok(ExpirationInDays === undefined || Prefix === 'captured/')
      const [deleted, large] = Rules
      assert.deepEqual(deleted.NoncurrentVersionExpiration, { NoncurrentDays: 30 })
      assert.deepEqual(deleted.AbortIncompleteMultipartUpload, { DaysAfterInitiation: 1 })
      assert.deepEqual([large.Prefix, large.ObjectSizeGreaterThan], ['raw/', '131072'])
      assert.deepEqual(large.Transitions, [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 30 }])
    })

    test(`${name}: bucket, queues and topics are refused without TLS`, () => {
      const policies = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap((type) =>
        resources(data, type),
      )
      const guarded = ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SNS::Topic'].flatMap((type) => resources(data, type))
      assert.equal(policies.length, guarded.length)
      for (const [id, policy] of policies) {
        const insecure = { Bool: { 'aws:SecureTransport': 'false' } }
        const denied = statements(policy).some(
          ({ Effect, Condition }: { Effect: string; Condition: object }) =>
            Effect === 'Deny' && JSON.stringify(Condition) === JSON.stringify(insecure),
        )
        assert.ok(denied, id)
      }
    })

    test(`${name}: new objects are announced, once the queues take it`, () => {
      const { Properties, DependsOn } = only(data, 'AWS::S3::Bucket')
      const announced = Properties.NotificationConfiguration.QueueConfigurations.map(
        (to: { Event: string; Filter: { S3Key: { Rules: { Value: string }[] } }; Queue: unknown }) =>
          `${to.Event} ${to.Filter.S3Key.Rules[0]!.Value} ${words(to.Queue, templates)}`,
      )
      const [arrivals, outgoing] = name === 'door-only' ? ['Work', 'Work'] : ['Arrivals', 'Outgoing']
      assert.deepEqual(announced, [`s3:ObjectCreated:* raw/ ${arrivals}`, `s3:ObjectCreated:* outbox/ ${outgoing}`])
      for (const queue of [arrivals, outgoing]) {
        assert.ok(
          DependsOn!.some((id) => id.startsWith(`Queues${queue}Policy`)),
          queue,
        )
      }
    })

    test(`${name}: every queue has dead letters, time enough for its function, and 14 days`, () => {
      const queues = resources(data, 'AWS::SQS::Queue')
      const timeouts = new Map(
        resources(mail, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => {
          const functions = Object.fromEntries(resources(mail, 'AWS::Lambda::Function'))
          assert.deepEqual(Properties.FunctionResponseTypes, ['ReportBatchItemFailures'])
          return [
            words(Properties.EventSourceArn, templates),
            functions[Properties.FunctionName.Ref]!.Properties.Timeout,
          ]
        }),
      )
      for (const [id, { Properties }] of queues) {
        const name = words({ Ref: id }, templates)
        assert.equal(Properties.MessageRetentionPeriod, 14 * 86_400, name)
        assert.equal(Properties.SqsManagedSseEnabled, true, name)
        if (name.endsWith('DeadLetters')) continue
        assert.equal(words(Properties.RedrivePolicy.deadLetterTargetArn, templates), `${name}DeadLetters`)
        assert.equal(Properties.VisibilityTimeout, 6 * timeouts.get(name), name)
        if (['Arrivals', 'Outgoing', 'Work'].includes(name))
          assert.ok(Properties.RedrivePolicy.maxReceiveCount >= 50, name)
      }
      assert.equal(timeouts.size, queues.length / 2)
    })

    test(`${name}: nothing of it goes with its stack`, () => {
      for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret']) {
        for (const [id, { DeletionPolicy }] of resources(data, type)) assert.equal(DeletionPolicy, 'Retain', id)
      }
      assert.deepEqual(resources(mail, 'AWS::S3::Bucket'), [])
      assert.deepEqual(resources(mail, 'AWS::DynamoDB::Table'), [])
    })
  }

  test('SES lays mail under door/ for this deployment only, and only where the door is', () => {
    const ses = (variant: Variant) =>
      statements(only(synthesize(VARIANTS[variant]).data, 'AWS::S3::BucketPolicy')).filter(
        ({ Principal }: { Principal?: { Service?: string } }) => Principal?.Service === 'ses.amazonaws.com',
      )
    assert.equal(ses('standard').length, 0)
    const [statement] = ses('standard, all')
    assert.equal(statement.Action, 's3:PutObject')
    assert.equal(words(statement.Resource, synthesize(VARIANTS['standard, all'])), 'bucket/door/*')
    assert.deepEqual(statement.Condition.StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } })
    assert.match(JSON.stringify(statement.Condition.ArnLike), /receipt-rule-set\/Tubepost:receipt-rule\/\*/)
  })
})
