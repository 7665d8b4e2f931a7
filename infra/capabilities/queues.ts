import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Queue, QueueEncryption, type QueuePolicy } from 'aws-cdk-lib/aws-sqs'
import { Construct, type IConstruct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { MailFunction } from './mail-function.ts'
import type { QueueName, Rights, Worker } from './rights.ts'

interface Work {
  /** Of the function that works it off. */
  timeout: Duration
  /** Receives before a message goes to the dead letters. */
  attempts: number
}

/** `attempts` is high where a conflict, a throttle or a relay's "later" is no sign of poison. */
export const WORK: Readonly<Record<QueueName, Work>> = {
  arrivals: { timeout: Duration.minutes(1), attempts: 50 },
  outgoing: { timeout: Duration.minutes(1), attempts: 100 }, // two days of retries are some thirty
  feedback: { timeout: Duration.minutes(1), attempts: 20 },
  jobs: { timeout: Duration.minutes(10), attempts: 10 },
  door: { timeout: Duration.minutes(2), attempts: 50 },
}
/** All work in one queue, for the profile without tasks: each queue that is polled costs, mail or none. */
export const SHARED_WORK: Work = { timeout: Duration.minutes(10), attempts: 100 }

/** Where work waits, with its dead letters, and the topics on which SES speaks. They stand beside the bucket, which announces to them. */
export class Queues extends Construct {
  readonly feedbackTopic: Topic
  readonly doorTopic: Topic | undefined
  readonly deadLetters = new Map<string, Queue>()
  private readonly queues = new Map<QueueName, Queue>()

  constructor(scope: Construct, id: string, settings: DeploymentSettings) {
    super(scope, id)
    const names: QueueName[] = ['arrivals', 'outgoing', 'feedback', 'jobs']
    if (settings.sesDoor) names.push('door')
    if (settings.profile === 'door-only') {
      const queue = this.queue('Work', SHARED_WORK, settings)
      for (const name of names) this.queues.set(name, queue)
    } else {
      for (const name of names) this.queues.set(name, this.queue(capitalized(name), WORK[name], settings))
    }
    this.feedbackTopic = this.topic('FeedbackTopic', 'feedback')
    this.doorTopic = settings.sesDoor ? this.topic('DoorTopic', 'door') : undefined
  }

  /** Each once. */
  get all(): Queue[] {
    return [...new Set(this.queues.values())]
  }

  of(name: QueueName): Queue {
    return this.queues.get(name)!
  }

  /** The permission and the URL, together. */
  grantSend(worker: Worker, rights: Rights): void {
    for (const name of rights.send ?? []) {
      worker.role.addToPolicy(
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.of(name).queueArn] }),
      )
      worker.addEnvironment(DEPLOYED_VARIABLES[name], this.of(name).queueUrl)
    }
  }

  /** The mapping and the URL, together: who works off a queue puts messages off, too. */
  workOff(worker: MailFunction, name: QueueName, options: { batchSize?: number; maxConcurrency?: number } = {}): void {
    worker.worksOffQueue = true
    worker.addEventSource(new SqsEventSource(this.of(name), { reportBatchItemFailures: true, ...options }))
    worker.addEnvironment(DEPLOYED_VARIABLES[name], this.of(name).queueUrl)
  }

  /** Answers what has to exist before the bucket is told. The bucket's name cannot be asked for: it waits for this. */
  allowBucket(name: QueueName): IConstruct {
    const queue = this.of(name)
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    return queue.node.findChild('Policy') as QueuePolicy
  }

  private queue(id: string, { timeout, attempts }: Work, settings: DeploymentSettings): Queue {
    const deadLetters = new Queue(this, `${id}DeadLetters`, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(settings.retention.deadLetters),
    })
    this.deadLetters.set(id, deadLetters)
    return new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6), // as Lambda asks of its SQS sources
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: attempts },
    })
  }

  private topic(id: string, name: QueueName): Topic {
    const topic = new Topic(this, id, { enforceSSL: true })
    const { account } = Stack.of(this)
    topic.grantPublish(
      new ServicePrincipal('ses.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
    )
    topic.addSubscription(new SqsSubscription(this.of(name), { rawMessageDelivery: true }))
    return topic
  }
}

function capitalized(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}
