import type { RelayOutcome } from '../../ports/relay.ts'
import { failureOf, isNamed } from './failures.ts'

/** Sending stands still, for the account or the configuration set, by the names of version 1 and of version 2. */
const PAUSED = [
  'AccountSendingPausedException',
  'AccountSuspendedException',
  'ConfigurationSetSendingPausedException',
  'LimitExceeded',
  'LimitExceededException',
  'SendingPausedException',
]

/** What SES said, in the words of SMTP (RFC 5321 §4.2, RFC 3463); undefined where it did not answer for the message. */
export function sesOutcome(error: unknown, source: string): Pick<RelayOutcome, 'outcome' | 'reply'> | undefined {
  const text = (error as Error).message
  const said = (code: string) => `${code} ${(error as Error).name}: ${oneLine(text)}`
  if (isNamed(error, ...PAUSED)) return { outcome: 'deferred', reply: said('454 4.3.2') }
  // Also "Maximum sending rate exceeded" and "Daily message quota exceeded".
  if (failureOf(error) === 'throttled' && (error as { $metadata?: unknown }).$metadata !== undefined) {
    return { outcome: 'deferred', reply: said('454 4.3.2') }
  }
  // The sender's domain has lost its MAIL FROM records: it may set them again.
  if (isNamed(error, 'MailFromDomainNotVerifiedException')) return { outcome: 'deferred', reply: said('451 4.7.1') }
  if (isNamed(error, 'MessageRejected')) {
    // It names what is not verified. A domain of ours that is new, SES comes to believe within minutes; of a recipient it is the sandbox.
    const isYoung = text.includes('not verified') && text.includes(source.slice(source.lastIndexOf('@') + 1))
    return isYoung ? { outcome: 'deferred', reply: said('451 4.7.1') } : { outcome: 'failed', reply: said('554 5.7.1') }
  }
  // Version 1's word for what version 2 calls a bad request.
  if (isNamed(error, 'InvalidParameterValue', 'InvalidParameterValueException')) {
    return { outcome: 'failed', reply: said('553 5.1.3') }
  }
  // What is not set up yet, or not any more, is no fault of the message.
  if (isNamed(error, 'BadRequestException') && !/\btenant\b/i.test(text)) {
    return { outcome: 'failed', reply: said('553 5.1.3') }
  }
  return undefined
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ')
}
