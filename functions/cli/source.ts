/** Where messages come from in an import. */
import type { SpecialUse } from '../../shared/store/mailbox-names.ts'

export interface SourceMessage {
  /** What the source calls it, the same whenever it is asked: a message comes in once under this. */
  key: string
  flags: readonly string[]
  /** Milliseconds since 1970. */
  receivedAt?: number
}

/** A message at hand. */
export interface OpenedMessage {
  message: SourceMessage
  sizeOctets: number
  /** May be read again. */
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

export interface SourcePage {
  messages: readonly SourceMessage[]
  /** Those that are wanted, in their order; each is to be read before the next is asked for. What is gone by now is left out. */
  read(wanted: readonly SourceMessage[]): AsyncGenerator<OpenedMessage>
}

export interface SourceMailbox {
  /** Levels of its name. */
  path: readonly string[]
  specialUse?: SpecialUse
  subscribed?: boolean
  /** In the order in which they came. */
  pages(): AsyncGenerator<SourcePage>
}

export interface Source {
  mailboxes(): Promise<SourceMailbox[]>
  close(): Promise<void>
}

/** The connection broke: what has come is kept, and the rest may be had by trying again. */
export class SourceLostError extends Error {
  override readonly name = 'SourceLostError'
}

/** A level may hold what separates levels here. */
export function levelOf(name: string): string {
  return name.replaceAll('/', '_')
}
