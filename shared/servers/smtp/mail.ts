import { needsSmtputf8 } from '../../codec/smtp/address.ts'
import type { MailArguments } from '../../codec/smtp/command.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { type Program, requireSendingDomain } from '../../flows/outgoing/program-sender.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Greeted } from './command-table.ts'
import { denySender } from './guarding.ts'
import { REPLIES } from './replies.ts'

const SENDER_OK = reply(250, '2.1.0', 'Sender OK')
const NEEDS_SMTPUTF8 = reply(553, '5.6.7', 'This address needs SMTPUTF8')
const NOT_YOURS = reply(553, '5.7.1', 'This sender address is not yours')
const NEEDS_TLS = reply(530, '5.7.10', 'REQUIRETLS needs TLS here too') // RFC 8689 §4.2.1

/** MAIL (RFC 5321 §4.1.1.2): opens a transaction. */
export async function mail(session: Greeted, arguments_: MailArguments): Promise<Reply> {
  const { store, role, limits } = session.services
  const { reversePath, sizeOctets = 0, body = '7BIT', smtputf8, requireTls, ret, envid } = arguments_
  if (session.transaction !== undefined) return REPLIES.inTransaction
  if (role === 'submission' && session.account === undefined && session.program === undefined)
    return REPLIES.authenticateFirst
  if (requireTls && !session.connection.secure) return NEEDS_TLS
  if (sizeOctets > limits.messageOctets) return REPLIES.tooLarge // before it is sent (RFC 1870 §6.1)
  if (reversePath !== undefined) {
    if (!smtputf8 && needsSmtputf8(reversePath)) return NEEDS_SMTPUTF8 // RFC 6531 §3.5
    // The null reverse-path stays open to all: receipts and notices of clients have it (RFC 8098 §3).
    if (session.account !== undefined && !(await store.directory.maySendAs(session.account.id, reversePath)))
      return NOT_YOURS
    if (session.program !== undefined && !(await maySendFrom(session, session.program, reversePath.domain)))
      return NOT_YOURS
  }
  const denial = denySender(session, reversePath)
  if (denial !== undefined) return denial
  session.transaction = {
    reversePath,
    body,
    smtputf8,
    recipients: new Map(),
    ...(requireTls && { requireTls }),
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
  }
  return SENDER_OK
}

async function maySendFrom({ services: { store } }: Greeted, program: Program, domain: string): Promise<boolean> {
  try {
    await requireSendingDomain(store, program.tenant, program, domain)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
