import { formatOk } from '../../codec/pop3/response.ts'
import { tenantOf } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import type { SignIn } from '../sasl-sign-in.ts'
import { Maildrop } from './maildrop.ts'
import type { Session } from './session.ts'

export function signInOf({ connection, services }: Session): SignIn {
  return { protocol: 'pop3', connection, services }
}

/** After a successful sign-in: the maildrop is locked and looked at (RFC 1939 §4). Throws MailError 'in-use'. */
export async function enterTransaction(session: Session, account: Account): Promise<string> {
  session.maildrop = await Maildrop.open(session.services.store.tenant(tenantOf(account.id)), account)
  const { count, octets } = session.maildrop.left
  return formatOk(`maildrop has ${count} messages (${octets} octets)`)
}
