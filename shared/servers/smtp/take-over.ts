import { formatAddress } from '../../codec/smtp/address.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { acceptMessage, type LocalRecipient } from '../../flows/accept-message.ts'
import { submitMessage } from '../../flows/submit-message.ts'
import type { InTransaction } from './command-table.ts'
import type { Intake } from './intake.ts'
import { formatReversePath } from './mail.ts'

/**
 * The message is complete: refuses it or takes it over, and ends the transaction either way (RFC 5321 §4.1.1.4). 250 is said only when
 * it is ours to deliver (§6.1).
 */
export async function takeOver(session: InTransaction, intake: Intake): Promise<Reply> {
  try {
    if (intake.refusal !== undefined) return intake.refusal
    const id = await deliver(session, intake)
    return reply(250, '2.0.0', `OK ${id}`)
  } catch (error) {
    return session.replyTo(error)
  } finally {
    await intake.discard()
    await session.endTransaction()
  }
}

async function deliver(session: InTransaction, intake: Intake): Promise<string> {
  const { connection, services, account } = session
  const { store, hostName } = services
  const { body, smtputf8, ...transaction } = session.transaction
  const reversePath = formatReversePath(transaction.reversePath)
  const recipients = [...transaction.recipients.values()]
  const { remoteAddress } = connection
  const client = { helo: session.client.name, remoteAddress, hostName, protocol: traceProtocol(session) }
  const source = await intake.finish()
  if (account !== undefined) {
    const submission = {
      account: account.id,
      reversePath,
      recipients: recipients.map(({ address }) => formatAddress(address)),
      leavesTheHouse: recipients.some(({ resolution }) => resolution.kind === 'foreign-domain'),
    }
    return submitMessage(store, { ...submission, body, smtputf8, client }, source)
  }
  const local = recipients.flatMap(({ address, resolution }): LocalRecipient[] => {
    if (resolution.kind !== 'local') return []
    return [{ address: formatAddress(address), tenant: resolution.tenant, accounts: resolution.accounts }]
  })
  return acceptMessage(store, { reversePath, recipients: local, body, smtputf8, client }, source)
}

/** The `with` of the Received field (RFC 3848, RFC 6531 §4.3). */
function traceProtocol({ client, connection, account, transaction }: InTransaction): string {
  if (!client.extended) return 'SMTP'
  const name = transaction.smtputf8 ? 'UTF8SMTP' : 'ESMTP'
  return `${name}${connection.secure ? 'S' : ''}${account === undefined ? '' : 'A'}`
}
