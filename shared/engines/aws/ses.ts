/** All of SES that a process uses that sends, or says who may: its bundle has the clients, those of others do not. */
import { SESClient } from '@aws-sdk/client-ses'
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
  const options = clientOptions(client, { attempts: 1, answerMs: ANSWER_MS })
  const v1 = countRequests(new SESClient(options), client.counters)
  const v2 = countRequests(new SESv2Client(options), client.counters)
  return {
    relay: sesRelay({ v1, v2, ...settings }),
    identities: sesIdentities({ client: v2, ...settings }),
    close: () => {
      v1.destroy()
      v2.destroy()
    },
  }
}
