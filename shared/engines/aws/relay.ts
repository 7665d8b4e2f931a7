/** The way out through SES. It signs for the verified domain, rewrites Message-ID and Date, and reports by the configuration set. */
import { domainToASCII } from 'node:url'
import type { SESClient } from '@aws-sdk/client-ses'
import type { SESv2Client } from '@aws-sdk/client-sesv2'
import type { Relay, RelayMessage, RelayResult } from '../../ports/relay.ts'
import type { SesSettings } from './ses.ts'
import { SES_CARRIES } from './ses-limits.ts'
import { readMessage, withoutSteeringFields } from './ses-message.ts'
import { sesOutcome } from './ses-outcome.ts'
import type { SesMessage, SesSend } from './ses-send.ts'
import { SES_V1_OCTETS, sesV1Send } from './ses-v1-send.ts'
import { sesV2Send } from './ses-v2-send.ts'

export interface SesRelayOptions extends Omit<SesSettings, 'resources'> {
  /** Both make one attempt: a repeat after a lost answer is a second mail, and only the flow knows what it may risk. */
  v1: SESClient
  v2: SESv2Client
  /** Local part that stands in for the null reverse-path, which SES does not have, at the signing domain. */
  nullReversePath?: string
}

/** Above it a message is alone in memory, where it is several times over as it is written into its request. */
const LARGE_OCTETS = 4 * 1024 * 1024
const NULL_REVERSE_PATH = 'mailer-daemon'
const AT_ONCE = 2
const MAX_TAG = 256

export function sesRelay(options: SesRelayOptions): Relay {
  const { configurationSet, tenantPrefix, nullReversePath = NULL_REVERSE_PATH } = options
  const maxOctets = options.maxOctets ?? SES_CARRIES.maxOctets
  const small = turns(options.atOnce ?? AT_ONCE)
  const large = turns(1)
  const byV1 = sesV1Send(options.v1, configurationSet)
  const byV2 = sesV2Send(options.v2, { configurationSet, tenantPrefix })
  /** Version 2 for what version 1 lacks: tenants, and messages above 10 MB. */
  const handOver: SesSend = (message) =>
    tenantPrefix === undefined && message.octets.length <= SES_V1_OCTETS ? byV1(message) : byV2(message)

  async function send(message: RelayMessage): Promise<RelayResult> {
    const { content, recipients, smtputf8, tenant } = message
    if (smtputf8) throw new RangeError('SES carries no SMTPUTF8')
    if (content.length > maxOctets) throw new RangeError(`a message of ${content.length} octets`)
    if (recipients.length < 1 || recipients.length > SES_CARRIES.maxRecipients)
      throw new RangeError(`${recipients.length} recipients`)
    const from = { tenant, source: sourceOf(message), tags: tagsOf(message) }
    const turn = content.length > LARGE_OCTETS ? large : small
    return turn(async () => {
      const octets = withoutSteeringFields(await readMessage(content))
      return sendTo(recipients, { ...from, octets }, false)
    })
  }

  /** One address that SES refuses makes it refuse all: they are halved until the one is found. */
  async function sendTo(
    recipients: readonly string[],
    prepared: Omit<SesMessage, 'recipients'>,
    handedOver: boolean,
  ): Promise<RelayResult> {
    try {
      const relayId = await handOver({ ...prepared, recipients: recipients.map(asciiAddress) })
      const reply = `250 2.0.0 ${relayId ?? 'accepted'}`
      return {
        ...(relayId === undefined ? {} : { relayId }),
        outcomes: recipients.map((recipient) => ({ recipient, outcome: 'sent', reply })),
      }
    } catch (error) {
      const outcome = sesOutcome(error, prepared.source)
      if (outcome === undefined) {
        if (!handedOver) throw error
        const reply = `451 4.4.2 ${(error as Error).name}`
        return { outcomes: recipients.map((recipient) => ({ recipient, outcome: 'deferred', reply })) }
      }
      if (outcome.outcome === 'failed' && recipients.length > 1) {
        const half = Math.ceil(recipients.length / 2)
        const first = await sendTo(recipients.slice(0, half), prepared, handedOver)
        const sent = handedOver || first.outcomes.some((one) => one.outcome === 'sent')
        const second = await sendTo(recipients.slice(half), prepared, sent)
        const relayId = first.relayId ?? second.relayId
        return { ...(relayId === undefined ? {} : { relayId }), outcomes: [...first.outcomes, ...second.outcomes] }
      }
      return { outcomes: recipients.map((recipient) => ({ recipient, ...outcome })) }
    }
  }

  function sourceOf({ reversePath, signingDomain }: RelayMessage): string {
    if (reversePath !== '') return asciiAddress(reversePath)
    if (signingDomain === undefined)
      throw new RangeError('SES has no null reverse-path, and no signing domain stands in')
    return asciiAddress(`${nullReversePath}@${signingDomain}`)
  }

  return { signs: true, carries: { ...SES_CARRIES, maxOctets }, send }
}

/** A name and a value are letters, digits, `_` and `-`: what events are found by later (`id`, `tenant`) is made of these. */
function tagsOf({ id, tenant, tags = {} }: RelayMessage): SesMessage['tags'] {
  return Object.entries({ ...tags, 'tubepost-id': id, 'tubepost-tenant': tenant })
    .filter(([name, value]) => name !== '' && value !== '')
    .map(([name, value]) => ({ Name: tagText(name), Value: tagText(value) }))
}

function tagText(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_TAG)
}

/** The domain in its ASCII form (RFC 5890 §2.3.2.1); a local part beyond ASCII has none, and is refused by SES. */
function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = domainToASCII(address.slice(at + 1))
  return at < 0 || domain === '' ? address : address.slice(0, at + 1) + domain
}

/** Runs at most `atOnce` works at a time, the others in the order they came. */
function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
