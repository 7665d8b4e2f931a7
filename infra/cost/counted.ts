/**
 * What each act asks of AWS, at most: the one table that `npm run cost` prices and that tests hold the engine's counters to. A function's
 * time is at 512 MiB.
 */
export interface Counted {
  s3Put?: number
  s3Get?: number
  /** Sending, receiving and deleting are one each; with a batch of one, the dearest. */
  sqsRequest?: number
  snsPublish?: number
  writeUnit?: number
  readUnit?: number
  functionCall?: number
  functionGbSecond?: number
  sesSent?: number
  sesReceived?: number
  /** Of 256 KB, begun ones not counted. */
  sesReceivedChunk?: number
}

/** One queued message: S3 or SNS sends it, Lambda's poller receives and deletes it. */
const QUEUED = { sqsRequest: 3, functionCall: 1 }
/** Half a gibibyte for 60 ms. */
const SHORT_CALL = 0.03

export const COUNTED = {
  'receive and index a message of 20 KiB': {
    ...QUEUED,
    s3Put: 1,
    s3Get: 1,
    writeUnit: 8,
    readUnit: 6, // RCPT's domain, address and account; the newest record; References; watchers; webhooks
    functionGbSecond: SHORT_CALL,
  },
  'each further recipient of the tenant': { writeUnit: 5, readUnit: 4 },
  'what the second door adds': {
    ...QUEUED,
    snsPublish: 1,
    sesReceived: 1,
    s3Put: 1,
    s3Get: 1,
    functionGbSecond: SHORT_CALL,
  },
  'send a message of 20 KiB to one recipient elsewhere': {
    s3Put: 1,
    s3Get: 1,
    snsPublish: 1, // the delivery's report
    sqsRequest: 6,
    functionCall: 2,
    functionGbSecond: 2 * SHORT_CALL,
    writeUnit: 12, // what became of it, and of its report, with the day's usage: four each
    readUnit: 8,
    sesSent: 1,
  },
  'open a message of 20 KiB': { s3Get: 1, readUnit: 1 },
} as const satisfies Record<string, Counted>
export type Act = keyof typeof COUNTED
