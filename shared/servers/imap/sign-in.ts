import { domainToASCII } from 'node:url'
import { MailError } from '../../mailbox/errors.ts'
import { tenantOf } from '../../mailbox/ids.ts'
import { capabilities, mayLogIn } from './capability.ts'
import { type Done, ok } from './done.ts'
import type { Session } from './session.ts'

/** Throws MailError 'needs-encryption' where a password must not be sent yet; before any is looked at. */
export function requireEncryption(session: Session): void {
  if (!mayLogIn(session)) throw new MailError('needs-encryption', session.connection.remoteAddress)
}

/** LOGIN and AUTHENTICATE alike. Throws MailError 'bad-credentials', 'suspended'. */
export async function signIn(session: Session, user: string, password: string): Promise<Done> {
  const { store } = session.services
  const at = user.lastIndexOf('@')
  const address = { localPart: user.slice(0, Math.max(at, 0)), domain: domainToASCII(user.slice(at + 1)) }
  const account = await store.directory.authenticate(address, password)
  session.account = account
  session.store = store.tenant(tenantOf(account.id))
  return ok('You are signed in', ['CAPABILITY', ...capabilities(session)])
}
