import { formatCapability } from '../../codec/imap/format.ts'
import { PASSWORD_MECHANISMS } from '../../codec/sasl/mechanism.ts'
import { SASL_MECHANISMS, type SaslMechanism } from '../sasl-sign-in.ts'
import { type Done, ok } from './done.ts'
import type { Session } from './session.ts'

/** What works before and after signing in. */
const ALWAYS = ['IMAP4rev1', 'IMAP4rev2', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE'] as const
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
  'QRESYNC',
  'ESEARCH',
  'SEARCHRES',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'THREAD=REFERENCES',
  'THREAD=ORDEREDSUBJECT',
  'WITHIN',
  'OBJECTID',
  'PREVIEW',
  'SAVEDATE',
  'BINARY',
  'UTF8=ACCEPT',
  'MULTIAPPEND',
  'REPLACE',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'XLIST',
  'COMPRESS=DEFLATE',
] as const

/** Whether a password may be sent as things stand. */
export function passwordAllowed({ connection, services }: Session): boolean {
  return connection.secure || services.allowPlaintext(connection)
}

/** What AUTHENTICATE takes here: mechanisms that show the password only where nobody else can see it. */
export function mechanisms(session: Session): SaslMechanism[] {
  const all = Object.keys(SASL_MECHANISMS) as SaslMechanism[]
  return passwordAllowed(session) ? all : all.filter((name) => !PASSWORD_MECHANISMS.some((shown) => shown === name))
}

/** Whether the account is kept from a capability, because one of its clients is known to break on it. */
export function isHidden({ account }: Session, name: string): boolean {
  if (account === undefined || account.imapWithout.length === 0) return false
  const wanted = name.toUpperCase()
  return account.imapWithout.some((hidden) => hidden.toUpperCase() === wanted)
}

export function capabilities(session: Session): string[] {
  if (session.account !== undefined) {
    const names: string[] = [...ALWAYS, ...SIGNED_IN].filter((name) => !isHidden(session, name))
    if (!isHidden(session, 'APPENDLIMIT')) names.push(`APPENDLIMIT=${session.services.limits.messageOctets}`)
    return names
  }
  const names: string[] = [...ALWAYS]
  if (session.connection.canStartTls) names.push('STARTTLS')
  if (!passwordAllowed(session)) names.push('LOGINDISABLED')
  return [...names, ...mechanisms(session).map((name) => `AUTH=${name}`)]
}

/** CAPABILITY (RFC 9051 §6.1.1). */
export function capability(session: Session): Done {
  session.out.add(formatCapability(capabilities(session)))
  return ok('CAPABILITY completed')
}
