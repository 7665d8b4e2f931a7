/** What a deployment makes, in small, on the emulator: a table, a bucket, and each queue with its dead letters. */
import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  type QueueConfiguration,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { QUEUE_NAMES, type QueueName } from '../../shared/ports/queue.ts'
import type { Emulator } from './ministack.ts'

/** The part of the engine's settings that names these resources. */
export interface Resources {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  tableName: string
  bucket: string
  queues: Record<QueueName, string>
  feedQueuePrefix: string
}

export async function makeResources(
  emulator: Emulator,
  options: { maxAttempts?: Partial<Record<QueueName, number>> } = {},
): Promise<Resources> {
  const { endpoint, region, credentials } = emulator
  const client = { endpoint, region, credentials }
  const name = `t${randomBytes(6).toString('hex')}`

  const dynamodb = new DynamoDBClient(client)
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  )
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    }),
  )
  dynamodb.destroy()

  const s3 = new S3Client({ ...client, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: name }))

  const sqs = new SQSClient(client)
  const queues = {} as Record<QueueName, string>
  for (const queue of QUEUE_NAMES) {
    const dead = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${queue}-dead` }))
    const policy = {
      deadLetterTargetArn: await arnOf(sqs, dead.QueueUrl!),
      maxReceiveCount: options.maxAttempts?.[queue] ?? 50,
    }
    const made = await sqs.send(
      new CreateQueueCommand({ QueueName: `${name}-${queue}`, Attributes: { RedrivePolicy: JSON.stringify(policy) } }),
    )
    queues[queue] = made.QueueUrl!
  }
  const told: [prefix: string, queue: QueueName][] = [
    ['raw/', 'arrivals'],
    ['outbox/', 'outgoing'],
  ]
  const QueueConfigurations: QueueConfiguration[] = []
  for (const [prefix, queue] of told) {
    QueueConfigurations.push({
      QueueArn: await arnOf(sqs, queues[queue]),
      Events: ['s3:ObjectCreated:*'],
      Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: prefix }] } },
    })
  }
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: name,
      NotificationConfiguration: { QueueConfigurations },
    }),
  )
  s3.destroy()
  sqs.destroy()
  return { endpoint, region, credentials, tableName: name, bucket: name, queues, feedQueuePrefix: `${name}-feed-` }
}

async function arnOf(sqs: SQSClient, QueueUrl: string): Promise<string> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return Attributes?.QueueArn ?? ''
}
