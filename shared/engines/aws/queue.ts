/** A queue on SQS. Its dead letters are where its redrive policy points; that and the number of attempts are the deployment's. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { Queue, QueueMessage } from '../../ports/queue.ts'
import { announcementOf } from './announcement.ts'
import { isNamed } from './failures.ts'

export interface QueueOptions {
  client: SQSClient
  url: string
  /** S3 writes to it: its messages are given as the port says, by name. */
  announcements?: boolean
}

export const MAX_BODY_OCTETS = 256 * 1024
const MAX_DELAY_SECONDS = 900
const MAX_RETRY_SECONDS = 43_200
const MAX_RECEIVE = 10
const MAX_WAIT_SECONDS = 20
/** While a dead letter is moved nobody else sees it. */
const REDRIVE_SECONDS = 60

export function openQueue({ client, url, announcements = false }: QueueOptions): Queue {
  let deadLetters: Promise<string | undefined> | undefined
  /** URL of the queue of dead letters; asked for once, as it is part of the deployment. */
  function deadLettersUrl(): Promise<string | undefined> {
    deadLetters ??= findDeadLetters(client, url).catch((error) => {
      deadLetters = undefined
      throw error
    })
    return deadLetters
  }

  return {
    async send(body, { delaySeconds = 0 } = {}) {
      if (Buffer.byteLength(body) > MAX_BODY_OCTETS) throw new RangeError(`a body of ${Buffer.byteLength(body)} octets`)
      if (body === '') throw new RangeError('an empty body')
      if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS))
        throw new RangeError(`a delay of ${delaySeconds} s`)
      await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: body,
          // Without it the queue's own default would count.
          DelaySeconds: Math.ceil(delaySeconds),
        }),
      )
    },

    async receive({ max, visibilitySeconds, waitSeconds, signal }) {
      if (!Number.isInteger(max) || max < 1 || max > MAX_RECEIVE) throw new RangeError(`${max} messages at a time`)
      if (!(waitSeconds >= 0 && waitSeconds <= MAX_WAIT_SECONDS)) throw new RangeError(`a wait of ${waitSeconds} s`)
      const messages = await receive(client, url, {
        max,
        visibilitySeconds,
        waitSeconds: Math.ceil(waitSeconds),
        signal,
      })
      if (!announcements) return messages
      const announced: QueueMessage[] = []
      for (const message of messages) {
        const body = announcementOf(message.body)
        if (body === undefined) await this.delete(message.receipt)
        else announced.push({ ...message, body })
      }
      return announced
    },

    async delete(receipt) {
      await unlessVoid(client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt })))
    },

    async retry(receipt, delaySeconds) {
      const VisibilityTimeout = Math.ceil(Math.min(Math.max(delaySeconds, 0), MAX_RETRY_SECONDS))
      await unlessVoid(
        client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout })),
      )
    },

    async redrive() {
      const dead = await deadLettersUrl()
      if (dead === undefined) return 0
      let moved = 0
      for (;;) {
        const messages = await receive(client, dead, {
          max: MAX_RECEIVE,
          visibilitySeconds: REDRIVE_SECONDS,
          waitSeconds: 1, // 0 asks only some of the servers that hold the queue
        })
        if (messages.length === 0) return moved
        for (const { body, receipt } of messages) {
          await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }))
          await client.send(new DeleteMessageCommand({ QueueUrl: dead, ReceiptHandle: receipt }))
          moved += 1
        }
      }
    },

    async depth() {
      const dead = await deadLettersUrl()
      const [own, letters] = await Promise.all([
        counts(client, url),
        dead === undefined ? undefined : counts(client, dead),
      ])
      return { ...own, dead: letters === undefined ? 0 : letters.waiting + letters.inFlight }
    },
  }
}

interface Receive {
  max: number
  visibilitySeconds: number
  waitSeconds: number
  signal?: AbortSignal | undefined
}

/** What an aborted wait may have been given comes back when its visibility time is over. */
async function receive(client: SQSClient, url: string, options: Receive): Promise<QueueMessage[]> {
  const { signal } = options
  if (signal?.aborted) return []
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: options.max,
    VisibilityTimeout: options.visibilitySeconds,
    WaitTimeSeconds: options.waitSeconds,
    MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
  })
  try {
    const { Messages = [] } = await client.send(command, signal === undefined ? {} : { abortSignal: signal })
    return Messages.map(messageOf)
  } catch (error) {
    if (signal?.aborted) return []
    throw error
  }
}

function messageOf({ ReceiptHandle, Body, Attributes }: Message): QueueMessage {
  return {
    receipt: ReceiptHandle ?? '',
    body: Body ?? '',
    attempts: Number(Attributes?.ApproximateReceiveCount ?? 1),
    sentAt: Number(Attributes?.SentTimestamp ?? 0),
  }
}

/** A receipt whose time is over is no error: somebody else has the work, or will have it. */
async function unlessVoid(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    if (!isNamed(error, 'ReceiptHandleIsInvalid', 'MessageNotInflight', 'InvalidParameterValue')) throw error
  }
}

async function findDeadLetters(client: SQSClient, url: string): Promise<string | undefined> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] })
  const policy = (await client.send(command)).Attributes?.RedrivePolicy
  if (policy === undefined) return undefined
  const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn: string }
  const QueueName = deadLetterTargetArn.slice(deadLetterTargetArn.lastIndexOf(':') + 1)
  return (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl
}

async function counts(client: SQSClient, url: string): Promise<{ waiting: number; inFlight: number }> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: url,
    AttributeNames: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
    ],
  })
  const { Attributes = {} } = await client.send(command)
  return {
    waiting:
      Number(Attributes.ApproximateNumberOfMessages ?? 0) + Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
  }
}
