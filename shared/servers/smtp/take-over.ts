import { formatAddress } from '../../codec/smtp/address.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { acceptMessage, type LocalRecipient } from '../../flows/arrivals/accept-message.ts'
import { requireOwnSenders, type Submitter } from '../../flows/outgoing/require-own-senders.ts'
import { submitForProgram } from '../../flows/outgoing/submit-for-program.ts'
import { submitMessage } from '../../flows/outgoing/submit-message.ts'
import { countReceived, takeSending } from '../../flows/tenants/tenant-quota.ts'
import { MailError } from '../../mailbox/errors.ts'
import { tenantOf } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { InTransaction } from './command-table.ts'
import { DENIALS } from './denials.ts'
import { judge, recipientsPerAccount } from './guarding.ts'
import type { Intake } from './intake.ts'
import { formatReversePath } from './reverse-path.ts'

const NOT_YOURS = reply(550, '5.7.1', 'This API key does not send from the domain of From')
const NOT_YOUR_SENDER = reply(550, '5.7.1', 'From, Sender or a Resent field names an address that is not yours')
const NOT_SENDABLE = reply(550, '5.6.0', 'From or Resend-Idempotency-Key is not as it has to be')

/**
 * The message is complete: refuses it or takes it over, and ends the transaction either way (RFC 5321 §4.1.1.4). 250 is said only when
 * it is ours to deliver (§6.1).
 */
export async function takeOver(session: InTransaction, intake: Intake): Promise<Reply> {
  try {
    if (intake.refusal !== undefined) return intake.refusal
    return await deliver(session, intake)
  } catch (error) {
    return session.replyTo(error)
  } finally {
    await intake.discard()
    await session.endTransaction()
  }
}

async function deliver(session: InTransaction, intake: Intake): Promise<Reply> {
  const { connection, services, account, program } = session
  const { store, hostName } = services
  const { body, smtputf8, requireTls, ret, envid, ...transaction } = session.transaction
  const reversePath = formatReversePath(transaction.reversePath)
  const recipients = [...transaction.recipients.values()]
  const { remoteAddress } = connection
  const client = { helo: session.client.name, remoteAddress, hostName, protocol: traceProtocol(session) }
  const wishes = {
    ...(requireTls && { requireTls }),
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
  }
  const source = await intake.finish()
  const submitter = account === undefined ? program && { tenant: program.tenant } : { account: account.id }
  if (submitter !== undefined && !(await hasOwnSenders(session, submitter, source))) return NOT_YOUR_SENDER
  if (account !== undefined) {
    await takeSending(store, tenantOf(account.id), {
      account: account.id,
      recipients: recipients.length,
      recipientsPerAccount: recipientsPerAccount(session),
      hostName,
    })
    const submission = {
      account: account.id,
      reversePath,
      recipients: recipients.map(({ resolution: _known, ...one }) => ({ ...one, address: formatAddress(one.address) })),
      leavesTheHouse: recipients.some(({ resolution }) => resolution.kind === 'foreign-domain'),
    }
    return taken(await submitMessage(store, { ...submission, ...wishes, body, smtputf8, client }, source))
  }
  if (program !== undefined) {
    const sending = { account: undefined, recipientsPerAccount: undefined, recipients: recipients.length, hostName }
    await takeSending(store, program.tenant, sending)
    const submission = {
      reversePath,
      recipients: recipients.map(({ resolution: _known, ...one }) => ({ ...one, address: formatAddress(one.address) })),
      leavesTheHouse: recipients.some(({ resolution }) => resolution.kind === 'foreign-domain'),
    }
    return submitted(() =>
      submitForProgram(store, program, { ...submission, ...wishes, body, smtputf8, client }, source),
    )
  }
  const local = recipients.flatMap(({ address, resolution, ...asked }): LocalRecipient[] => {
    if (resolution.kind !== 'local') return []
    const { tenant, accounts, forwards } = resolution
    return [{ ...asked, address: formatAddress(address), tenant, accounts, ...(forwards.length > 0 && { forwards }) }]
  })
  const { denial, traceFields, junk } = await judge(session, source)
  if (denial !== undefined) return DENIALS[denial]
  const accepted = { reversePath, recipients: local, ...wishes, body, smtputf8, client, traceFields, junk }
  const id = await acceptMessage(store, accepted, source)
  const limited = recipients.flatMap(({ resolution }) =>
    resolution.kind === 'local' && resolution.limited ? [resolution.tenant] : [],
  )
  for (const tenant of new Set(limited)) await countReceived(store, tenant, hostName)
  return taken(id)
}

async function hasOwnSenders(
  { services: { store } }: InTransaction,
  submitter: Submitter,
  source: BlobSource,
): Promise<boolean> {
  try {
    await requireOwnSenders(store, submitter, source)
    return true
  } catch (error) {
    if (error instanceof MailError && error.kind === 'not-allowed') return false
    throw error
  }
}

/** What an API key may not send is told in SMTP's words (RFC 5321 §4.2.2). */
async function submitted(submit: () => Promise<string>): Promise<Reply> {
  try {
    return taken(await submit())
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.kind === 'invalid' ? NOT_SENDABLE : NOT_YOURS
  }
}

function taken(id: string): Reply {
  return reply(250, '2.0.0', `OK ${id}`)
}

/** The `with` of the Received field (RFC 3848, RFC 6531 §4.3). */
function traceProtocol({ client, connection, account, program, transaction }: InTransaction): string {
  if (!client.extended) return 'SMTP'
  const name = transaction.smtputf8 ? 'UTF8SMTP' : 'ESMTP'
  return `${name}${connection.secure ? 'S' : ''}${account === undefined && program === undefined ? '' : 'A'}`
}
