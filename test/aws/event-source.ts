/** What Lambda does with a queue that a function works off: receives, calls, and deletes what the function did not name. */
import { setTimeout } from 'node:timers/promises'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SqsBatchResponse } from '../../shared/transport/lambda-batch.ts'
import type { Resources } from './resources.ts'

type Handler = (event: unknown) => Promise<SqsBatchResponse>

export interface EventSource {
  /** Calls so far. */
  readonly calls: number
  stop(): Promise<void>
}

/** `twice`: every event comes to two calls at a time, as SQS may give it. */
export function mapQueue(
  handler: Handler,
  queueUrl: string,
  resources: Resources,
  { twice = false } = {},
): EventSource {
  const { endpoint, region, credentials } = resources
  const client = new SQSClient({ endpoint, region, credentials })
  let stopping = false
  let calls = 0

  async function work(): Promise<void> {
    while (!stopping) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 30,
          MessageSystemAttributeNames: ['All'],
        }),
      )
      if (Messages.length === 0) await setTimeout(50)
      else await handOver(Messages.map(recordOf))
    }
  }

  async function handOver(records: ReturnType<typeof recordOf>[]): Promise<void> {
    const given = twice ? [records, records.toReversed()] : [records]
    calls += given.length
    const answers = await Promise.all(given.map((Records) => handler({ Records })))
    const failed = new Set(
      answers.flatMap(({ batchItemFailures }) => batchItemFailures.map((one) => one.itemIdentifier)),
    )
    for (const { messageId, receiptHandle } of records) {
      if (failed.has(messageId)) continue
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }))
    }
  }

  const working = work()
  return {
    get calls() {
      return calls
    },
    async stop() {
      stopping = true
      await working
      client.destroy()
    },
  }
}

function recordOf({
  MessageId,
  ReceiptHandle,
  Body,
  Attributes,
}: {
  MessageId?: string | undefined
  ReceiptHandle?: string | undefined
  Body?: string | undefined
  Attributes?: Partial<Record<string, string>> | undefined
}) {
  return { messageId: MessageId!, receiptHandle: ReceiptHandle!, body: Body!, attributes: Attributes! }
}
