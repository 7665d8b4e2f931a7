import type { ResultInfo } from '../codec/mime/authentication-results.ts'

/** Messages that somebody else's SMTP server took in and laid down for us. We did not put them: they have no digest and no envelope. */
export interface Door {
  /** Undefined where there is none: it was taken over before. */
  open(name: string): Promise<DoorMessage | undefined>
  /** Repeatable. */
  delete(name: string): Promise<void>
}

export interface DoorMessage {
  length: number
  /** To be read once. */
  content: AsyncIterable<Uint8Array>
}

/** What whoever took the message in says of it. */
export interface DoorNotice {
  /** Of the object at the door. */
  name: string
  /** The taker's own id of the message: the same in every repeat of the notice. */
  id: string
  /** Milliseconds since 1970. */
  receivedAt: number
  /** `''`: the null reverse-path. */
  reversePath: string
  recipients: readonly string[]
  results: readonly ResultInfo[]
  /** Spam, a virus, or a sender who wants forgeries kept away: it goes to Junk, as nobody can refuse it any more. */
  unwanted: boolean
}
