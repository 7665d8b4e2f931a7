/** Work that is done at least once, in any order, shaped by what SQS offers. */

export const QUEUE_NAMES = ['arrivals', 'outgoing', 'feedback', 'jobs'] as const
/** arrivals: names of new `raw/` objects. outgoing: names of new `outbox/` objects. feedback: what the relay reports. jobs: fold, reclaim and the like. */
export type QueueName = (typeof QUEUE_NAMES)[number]

export interface QueueMessage {
  /** Handle of this receipt; void once the visibility time is over. */
  receipt: string
  body: string
  /** How often it has been received, this time included. */
  attempts: number
  /** Milliseconds since 1970. */
  sentAt: number
}

export interface Queue {
  /** Durable when it resolves. `body` ≤ 256 KB of text; `delaySeconds` ≤ 900. */
  send(body: string, options?: { delaySeconds?: number }): Promise<void>
  /** Up to `max` (≤ 10) messages that nobody else sees for `visibilitySeconds`; waits up to `waitSeconds` (≤ 20) for the first, or until aborted: then there are none. */
  receive(options: {
    max: number
    visibilitySeconds: number
    waitSeconds: number
    signal?: AbortSignal
  }): Promise<QueueMessage[]>
  /** The work is done. */
  delete(receipt: string): Promise<void>
  /** The work is to be done again in `delaySeconds` (≤ 43,200); after the queue's highest number of attempts it goes to the dead letters. */
  retry(receipt: string, delaySeconds: number): Promise<void>
  /** Moves everything from the dead letters back; says how many. */
  redrive(): Promise<number>
  /** About how many wait, are being worked on, and lie dead. */
  depth(): Promise<{ waiting: number; inFlight: number; dead: number }>
}
