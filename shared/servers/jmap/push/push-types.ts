import { createHash, randomBytes } from 'node:crypto'
import { emailState } from '../emails/email-changes-since.ts'
import { mailboxState } from '../mailboxes/mailbox-state.ts'
import type { Call } from '../method.ts'
import { submissionState } from '../submissions/email-submission.ts'

/** Of this process: what it counts is no other's. */
const PROCESS = randomBytes(6).toString('base64url')

/** Every type whose changes are pushed (RFC 8620 §7.1), with its state as a short string. */
export const PUSH_TYPES: Readonly<Record<string, (call: Call) => string | Promise<string>>> = {
  Email: ({ mail }) => emailState(mail),
  Thread: ({ mail }) => emailState(mail),
  Mailbox: ({ mail }) => mailboxState(mail),
  // Only what is new changes it (RFC 8621 §1.5).
  EmailDelivery: ({ mail }) => `${PROCESS}${mail.addedCount}`,
  EmailSubmission: (call) => submissionState(call),
}

/** The states of these types, and a string that stands for all of them together. */
export async function pushStates(call: Call, types: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>()
  for (const type of types) states.set(type, await PUSH_TYPES[type]!(call))
  return states
}

/** What a client shows to say what it has seen: of each type a hash of its state. */
export function packPushState(states: ReadonlyMap<string, string>): string {
  return [...states].map(([type, state]) => `${type}.${hashOf(state)}`).join('-')
}

/** Types whose states are not those that the client has seen; all of them where it has seen nothing that we know. */
export function changedTypes(states: ReadonlyMap<string, string>, pushState: string): string[] {
  const seen = new Map(pushState.split('-').map((entry) => entry.split('.', 2) as [string, string]))
  return [...states].flatMap(([type, state]) => (seen.get(type) === hashOf(state) ? [] : [type]))
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex').slice(0, 12)
}
