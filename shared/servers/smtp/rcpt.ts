import { formatAddress, needsSmtputf8 } from '../../codec/smtp/address.ts'
import type { RcptArguments } from '../../codec/smtp/command.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { requireRoomInAny } from '../../flows/mailboxes/quota.ts'
import { requireReceivingRoom } from '../../flows/tenants/tenant-quota.ts'
import type { InTransaction } from './command-table.ts'
import { denyRecipient } from './guarding.ts'
import { MAIL_ERRORS } from './mail-errors.ts'

const RECIPIENT_OK = reply(250, '2.1.5', 'Recipient OK')
const NO_RELAY = reply(550, '5.7.1', 'We do not relay')
const DISABLED = reply(450, '4.2.1', 'Mailbox disabled, try again later')
const NOT_CONVERTED = reply(550, '5.6.3', 'This address is elsewhere, where BINARYMIME does not go from here')
const NEEDS_SMTPUTF8 = reply(553, '5.6.7', 'This address needs SMTPUTF8')

/** RCPT (RFC 5321 §4.1.1.3): answered from one table read; of what is limited, more are read. */
export async function rcpt(session: InTransaction, { forwardPath, ...wishes }: RcptArguments): Promise<Reply> {
  const { services, transaction } = session
  const { store, role, limits, hostName } = services
  if (!transaction.smtputf8 && needsSmtputf8(forwardPath)) return NEEDS_SMTPUTF8 // RFC 6531 §3.5
  if (transaction.recipients.size >= limits.recipients) return MAIL_ERRORS['too-many'] // §4.5.3.1.10
  const hosts = forwardPath.domain === ''
  const address = hosts ? (services.postmaster ?? { ...forwardPath, domain: hostName }) : forwardPath
  const resolution = await (hosts ? store.directory.resolvePostmaster(address) : store.directory.resolve(address))
  const denial = await denyRecipient(session, { address, resolution })
  if (denial !== undefined) return denial
  if (resolution.kind === 'local' && resolution.limited && role === 'mx') {
    await requireReceivingRoom(store, resolution.tenant)
  }
  // What goes elsewhere as well finds room there.
  if (resolution.kind === 'local' && resolution.quotas && resolution.forwards.length === 0 && role === 'mx') {
    await requireRoomInAny(store.tenant(resolution.tenant), resolution.accounts)
  }
  if (resolution.kind === 'no-such-address') return MAIL_ERRORS['no-such-mailbox']
  if (resolution.kind === 'suspended') return DISABLED
  if (resolution.kind === 'foreign-domain' && role === 'mx') return NO_RELAY
  // §3.4: who has moved is told; with targets left the message is passed on.
  if (resolution.kind === 'moved') return reply(551, '5.1.6', `User not local; please try <${resolution.to}>`)
  // RFC 3030 §3: what goes on must be converted or refused, and whoever takes it by DATA would read a bare LF as a line's end.
  const leaves = resolution.kind === 'foreign-domain' || resolution.forwards.length > 0
  if (transaction.body === 'BINARYMIME' && leaves) return NOT_CONVERTED
  transaction.recipients.set(formatAddress(address), { address, resolution, ...wishes })
  if (resolution.kind === 'local' && resolution.movedTo !== undefined)
    return reply(251, '2.1.5', `User not local; will forward to <${resolution.movedTo}>`)
  return RECIPIENT_OK
}
