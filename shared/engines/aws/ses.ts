/** All of SES that a process uses that sends, or says who may: its bundle has the client, those of others do not. */
import { SESv2Client } from '@aws-sdk/client-sesv2'
import type { Relay } from '../../ports/relay.ts'
import type { SendingIdentities } from '../../ports/sending-identities.ts'
import { type ClientSettings, clientOptions, countRequests } from './clients.ts'
import { sesRelay } from './relay.ts'
import { sesIdentities } from './ses-identities.ts'

export interface SesSettings {
  /** Its event destinations tell of deliveries, bounces and complaints. */
  configurationSet?: string
  /** `arn:aws:ses:<region>:<account>`: what the ARNs of identities and configuration sets begin with. */
  resources?: string
  /** SES keeps the tenants' reputations apart, each under this and its name; absent: all send as one. */
  tenantPrefix?: string
  maxOctets?: number
  atOnce?: number
}

export interface Ses {
  relay: Relay
  identities: SendingIdentities
  close(): void
}
export type OpenSes = (client: ClientSettings, settings: SesSettings) => Ses

const ANSWER_MS = 60_000

export const openSes: OpenSes = (client, settings) => {
  // One attempt: a repeat after a lost answer is a second mail. What may be repeated comes again with its job.
  const ses = countRequests(
    new SESv2Client(clientOptions(client, { attempts: 1, answerMs: ANSWER_MS })),
    client.counters,
  )
  return {
    relay: sesRelay({ client: ses, ...settings }),
    identities: sesIdentities({ client: ses, ...settings }),
    close: () => ses.destroy(),
  }
}

/** Letters, digits, `-` and `_`, 64 at most. */
export function sesTenantName(prefix: string, tenant: string): string {
  return `${prefix}${tenant}`
}
