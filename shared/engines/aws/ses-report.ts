/** What SES publishes of a message through the event destination of its configuration set (SES Developer Guide, "Contents of event data"). */
import type { RelayOutcome, RelayReport } from '../../ports/relay.ts'
import { isSesSetup } from './ses-setup.ts'

type Json = Record<string, unknown>

/** Undefined for what names no message of ours, and for events that settle nothing. Throws on what is no event. */
export function parseSesReport(body: string): RelayReport | undefined {
  if (isSesSetup(body)) return undefined
  const event: unknown = JSON.parse(body)
  if (!isJson(event)) throw new Error('no event of SES')
  const kind = event['eventType'] ?? event['notificationType']
  const mail = event['mail']
  if (typeof kind !== 'string' || !isJson(mail)) throw new Error('no event of SES')
  const tags = isJson(mail['tags']) ? mail['tags'] : {}
  const id = first(tags['tubepost-id'])
  const tenant = first(tags['tubepost-tenant'])
  if (id === undefined || tenant === undefined) return undefined
  const outcomes = outcomesOf(kind, event, mail)
  const complaints = kind === 'Complaint' ? addressesIn(event['complaint'], 'complainedRecipients') : []
  const unreachable = kind === 'Bounce' ? unreachableIn(event['bounce']) : []
  return outcomes.length + complaints.length === 0 ? undefined : { id, tenant, outcomes, complaints, unreachable }
}

function outcomesOf(kind: string, event: Json, mail: Json): RelayOutcome[] {
  switch (kind) {
    // Of either type: SES reports it when it has stopped trying.
    case 'Bounce':
      return list(event['bounce'], 'bouncedRecipients').flatMap((bounced) => {
        const recipient = bounced['emailAddress']
        return typeof recipient === 'string' ? [{ recipient, outcome: 'failed' as const, reply: replyOf(bounced) }] : []
      })
    case 'Reject':
      return texts(mail['destination']).map((recipient) => ({
        recipient,
        outcome: 'failed',
        reply: '554 5.7.1 The relay refused its content',
      }))
    case 'Delivery': {
      const delivery = isJson(event['delivery']) ? event['delivery'] : {}
      const reply = typeof delivery['smtpResponse'] === 'string' ? delivery['smtpResponse'] : '250 2.0.0 delivered'
      return texts(delivery['recipients']).map((recipient) => ({ recipient, outcome: 'sent', reply }))
    }
    default:
      return [] // DeliveryDelay and whatever else there is: SES goes on
  }
}

/** `smtp; 550 5.1.1 …` is what the other host said (RFC 3464 §2.3.6); without it the status code is all there is. */
function replyOf(bounced: Json): string {
  const diagnostic = bounced['diagnosticCode']
  if (typeof diagnostic === 'string') {
    const said = diagnostic.slice(diagnostic.indexOf(';') + 1).trim()
    if (said !== '') return said
  }
  const status = typeof bounced['status'] === 'string' ? bounced['status'] : '5.0.0'
  return `550 ${status} not delivered`
}

/** A full mailbox and the like may be reached tomorrow; so may one whose host SES did not understand ("Undetermined"). */
function unreachableIn(bounce: unknown): string[] {
  return isJson(bounce) && bounce['bounceType'] === 'Permanent' ? addressesIn(bounce, 'bouncedRecipients') : []
}

function addressesIn(value: unknown, name: string): string[] {
  return list(value, name).flatMap(({ emailAddress }) => (typeof emailAddress === 'string' ? [emailAddress] : []))
}

function list(value: unknown, name: string): Json[] {
  const found = isJson(value) ? value[name] : undefined
  return Array.isArray(found) ? found.filter(isJson) : []
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

function first(value: unknown): string | undefined {
  return texts(value)[0]
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
