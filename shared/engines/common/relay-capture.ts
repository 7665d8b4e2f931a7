import type { Blobs } from '../../ports/blobs.ts'
import type { Relay } from '../../ports/relay.ts'

/** Metadata holds 2,000 octets: a longer list of recipients is cut there, and `recipients` says how many there were. */
const MAX_LISTED_OCTETS = 1200

/**
 * Nothing leaves: what would have been sent is kept as `captured/<tenant>/<id>`, with its envelope as metadata, for people and tests to
 * look at. Every recipient counts as sent.
 */
export function captureRelay(blobs: Pick<Blobs, 'put'>, maxOctets: number): Relay {
  return {
    carries: { maxOctets, maxRecipients: Number.MAX_SAFE_INTEGER, eightBit: true, smtputf8: true },

    async send({ id, tenant, reversePath, recipients, content }) {
      // JSON in ASCII: addresses may be UTF-8 (RFC 6531), metadata may not.
      await blobs.put(`captured/${tenant}/${id}`, content, {
        'reverse-path': asciiJson(reversePath),
        'forward-paths': asciiJson(firstThatFit(recipients)),
        recipients: String(recipients.length),
      })
      return {
        relayId: id,
        outcomes: recipients.map((recipient) => ({ recipient, outcome: 'sent', reply: '250 2.0.0 captured' })),
      }
    },
  }
}

function firstThatFit(recipients: readonly string[]): string[] {
  let octets = 0
  return recipients.slice(
    0,
    recipients.findIndex((recipient) => (octets += asciiJson(recipient).length + 1) > MAX_LISTED_OCTETS) >>> 0,
  )
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
