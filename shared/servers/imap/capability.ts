import { formatCapability } from '../../codec/imap/format.ts'
import { type Done, ok } from './done.ts'
import type { Session } from './session.ts'

/** What works before and after signing in. */
const ALWAYS = ['IMAP4rev1', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE'] as const
/** What a client can use once it is signed in. A name stands here only when all of its RFC works. */
const SIGNED_IN = [
  'IDLE',
  'NAMESPACE',
  'CHILDREN',
  'UIDPLUS',
  'UNSELECT',
  'MOVE',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'CONDSTORE',
  'ESEARCH',
  'SEARCHRES',
  'WITHIN',
  'OBJECTID',
  'PREVIEW',
  'SAVEDATE',
  'BINARY',
  'UTF8=ACCEPT',
  'MULTIAPPEND',
] as const

/** Whether a password may be sent as things stand. */
export function mayLogIn({ connection, services }: Session): boolean {
  return connection.secure || services.allowPlaintext(connection)
}

export function capabilities(session: Session): string[] {
  if (session.account !== undefined) {
    return [...ALWAYS, ...SIGNED_IN, `APPENDLIMIT=${session.services.limits.messageOctets}`]
  }
  const signIn = mayLogIn(session) ? ['AUTH=PLAIN', 'AUTH=LOGIN'] : ['LOGINDISABLED']
  return [...ALWAYS, ...(session.connection.canStartTls ? ['STARTTLS'] : []), ...signIn]
}

/** CAPABILITY (RFC 9051 §6.1.1). */
export function capability(session: Session): Done {
  session.out.add(formatCapability(capabilities(session)))
  return ok('CAPABILITY completed')
}
