/** The way out through SES. It signs for the verified domain, rewrites Message-ID and Date, and reports by the configuration set. */
import { domainToASCII } from 'node:url'
import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses'
import type { Relay, RelayMessage, RelayOutcome, RelayResult } from '../../ports/relay.ts'
import { failureOf, isNamed } from './failures.ts'
import { readMessage, withoutSteeringFields } from './ses-message.ts'

export interface SesRelayOptions {
  /** Makes one attempt: a repeat after a lost answer is a second mail, and only the flow knows what it may risk. */
  client: SESClient
  /** Its event destinations tell of deliveries, bounces and complaints. */
  configurationSet?: string
  maxOctets?: number
  /** Local part that stands in for the null reverse-path, which SES does not have, at the signing domain. */
  nullReversePath?: string
  /** Messages in memory at a time. */
  atOnce?: number
}

/** SendRawEmail: 10 MB by default, 50 recipients. */
const MAX_OCTETS = 10 * 1024 * 1024
const MAX_RECIPIENTS = 50
const NULL_REVERSE_PATH = 'mailer-daemon'
const AT_ONCE = 2
const MAX_TAG = 256

export function sesRelay(options: SesRelayOptions): Relay {
  const { client, configurationSet, maxOctets = MAX_OCTETS, nullReversePath = NULL_REVERSE_PATH } = options
  const turn = turns(options.atOnce ?? AT_ONCE)

  async function send(message: RelayMessage): Promise<RelayResult> {
    const { content, recipients, smtputf8 } = message
    if (smtputf8) throw new RangeError('SES carries no SMTPUTF8')
    if (content.length > maxOctets) throw new RangeError(`a message of ${content.length} octets`)
    if (recipients.length < 1 || recipients.length > MAX_RECIPIENTS)
      throw new RangeError(`${recipients.length} recipients`)
    const from = { source: sourceOf(message), tags: tagsOf(message) }
    return turn(async () => {
      const octets = withoutSteeringFields(await readMessage(content))
      return sendTo(recipients, { ...from, octets }, false)
    })
  }

  /** One address that SES refuses makes it refuse all: they are halved until the one is found. */
  async function sendTo(recipients: readonly string[], prepared: Prepared, handedOver: boolean): Promise<RelayResult> {
    try {
      const { MessageId } = await client.send(commandFor(recipients, prepared))
      const reply = `250 2.0.0 ${MessageId ?? 'accepted'}`
      return {
        ...(MessageId === undefined ? {} : { relayId: MessageId }),
        outcomes: recipients.map((recipient) => ({ recipient, outcome: 'sent', reply })),
      }
    } catch (error) {
      const outcome = outcomeOf(error)
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

  interface Prepared {
    source: string
    tags: { Name: string; Value: string }[]
    octets: Uint8Array
  }

  function commandFor(recipients: readonly string[], { source, tags, octets }: Prepared): SendRawEmailCommand {
    return new SendRawEmailCommand({
      Source: source,
      Destinations: recipients.map(asciiAddress),
      RawMessage: { Data: octets },
      Tags: tags,
      ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
    })
  }

  function sourceOf({ reversePath, signingDomain }: RelayMessage): string {
    if (reversePath !== '') return asciiAddress(reversePath)
    if (signingDomain === undefined)
      throw new RangeError('SES has no null reverse-path, and no signing domain stands in')
    return asciiAddress(`${nullReversePath}@${signingDomain}`)
  }

  return { signs: true, carries: { maxOctets, maxRecipients: MAX_RECIPIENTS, eightBit: true, smtputf8: false }, send }
}

/** A name and a value are letters, digits, `_` and `-`: what events are found by later (`id`, `tenant`) is made of these. */
function tagsOf({ id, tenant, tags = {} }: RelayMessage): { Name: string; Value: string }[] {
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

/** What SES said, in the words of SMTP (RFC 5321 §4.2, RFC 3463); undefined where it did not answer for the message. */
function outcomeOf(error: unknown): Pick<RelayOutcome, 'outcome' | 'reply'> | undefined {
  const said = (code: string) => `${code} ${(error as Error).name}: ${oneLine((error as Error).message)}`
  if (
    isNamed(error, 'AccountSendingPausedException', 'ConfigurationSetSendingPausedException', 'LimitExceededException')
  ) {
    return { outcome: 'deferred', reply: said('454 4.3.2') }
  }
  // Also "Maximum sending rate exceeded" and "Daily message quota exceeded", which v1 both calls Throttling.
  if (failureOf(error) === 'throttled' && (error as { $metadata?: unknown }).$metadata !== undefined) {
    return { outcome: 'deferred', reply: said('454 4.3.2') }
  }
  // The sender's domain has lost its MAIL FROM records: it may set them again.
  if (isNamed(error, 'MailFromDomainNotVerifiedException')) return { outcome: 'deferred', reply: said('451 4.7.1') }
  if (isNamed(error, 'MessageRejected')) return { outcome: 'failed', reply: said('554 5.7.1') }
  if (isNamed(error, 'InvalidParameterValue', 'InvalidParameterValueException')) {
    return { outcome: 'failed', reply: said('553 5.1.3') }
  }
  return undefined
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ')
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
