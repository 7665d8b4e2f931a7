import { formatAddress, needsSmtputf8 } from '../../codec/smtp/address.ts'
import type { RcptArguments } from '../../codec/smtp/command.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { InTransaction } from './command-table.ts'
import { denyRecipient } from './guarding.ts'
import { MAIL_ERRORS } from './mail-errors.ts'

const RECIPIENT_OK = reply(250, '2.1.5', 'Recipient OK')
const NO_RELAY = reply(550, '5.7.1', 'We do not relay')
const DISABLED = reply(450, '4.2.1', 'Mailbox disabled, try again later')
const NEEDS_SMTPUTF8 = reply(553, '5.6.7', 'This address needs SMTPUTF8')

/** RCPT (RFC 5321 §4.1.1.3): answered from one table read. */
export async function rcpt(session: InTransaction, { forwardPath }: RcptArguments): Promise<Reply> {
  const { store, role, limits, hostName } = session.services
  const { transaction } = session
  if (!transaction.smtputf8 && needsSmtputf8(forwardPath)) return NEEDS_SMTPUTF8 // RFC 6531 §3.5
  if (transaction.recipients.size >= limits.recipients) return MAIL_ERRORS['too-many'] // §4.5.3.1.10
  // <Postmaster> is that of the host itself (§4.5.1).
  const address = forwardPath.domain === '' ? { ...forwardPath, domain: hostName } : forwardPath
  const resolution = await store.directory.resolve(address)
  const denial = await denyRecipient(session, { address, resolution })
  if (denial !== undefined) return denial
  if (resolution.kind === 'no-such-address') return MAIL_ERRORS['no-such-mailbox']
  if (resolution.kind === 'suspended') return DISABLED
  if (resolution.kind === 'foreign-domain' && role === 'mx') return NO_RELAY
  transaction.recipients.set(formatAddress(address), { address, resolution })
  return RECIPIENT_OK
}
