import type { Envelope } from '../mailbox/envelope.ts'
import type { AccountId } from '../mailbox/ids.ts'
import type { BlobSource } from '../ports/blobs.ts'

/** Of what comes into a mailbox without SMTP: nobody sent it, and it has no trace of ours. */
export function placedEnvelope(account: AccountId, { sha256 }: Pick<BlobSource, 'sha256'>, now: number): Envelope {
  return {
    origin: 'append',
    reversePath: '',
    recipients: [{ address: '', accounts: [account] }],
    receivedAt: now,
    body: '8BITMIME',
    smtputf8: false,
    traceOctets: 0,
    receivedSha256: sha256,
  }
}
