import { tenantOf } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import type { SignIn } from '../sasl-sign-in.ts'
import { capabilities } from './capability.ts'
import { type Done, ok } from './done.ts'
import type { Session } from './session.ts'

export function signInOf({ connection, services }: Session): SignIn {
  return { protocol: 'imap', connection, services }
}

/** After LOGIN and AUTHENTICATE alike; the new capabilities spare the client a question (RFC 9051 §6.2.3). */
export function signedIn(session: Session, account: Account): Done {
  session.account = account
  session.store = session.services.store.tenant(tenantOf(account.id))
  return ok('You are signed in', ['CAPABILITY', ...capabilities(session)])
}
