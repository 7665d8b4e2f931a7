import type { Address } from '../../codec/smtp/address.ts'
import type { Guard } from '../../flows/arrivals/guard.ts'
import type { Limits } from '../../settings.ts'
import type { Store } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import type { SignInServices } from '../sasl-sign-in.ts'

/** What SMTP sessions are given. */
export interface SmtpServices extends SignInServices {
  store: Store
  /** mx: anybody, for our recipients alone; submission: our users, after AUTH, for everybody (RFC 6409). */
  role: 'mx' | 'submission'
  limits: SignInServices['limits'] &
    Pick<
      Limits,
      | 'messageOctets'
      | 'recipients'
      | 'smtpLineOctets'
      | 'smtpAuthLineOctets'
      | 'smtpIdleMs'
      | 'smtpDataIdleMs'
      | 'spoolMemoryOctets'
      | 'receivedLines'
      | 'protocolErrors'
    >
  /** The name in greetings and traces. */
  hostName: string
  /** Where mail for `<Postmaster>` goes (RFC 5321 §4.5.1); undefined: to that of the host name. */
  postmaster?: Address
  /** Whether a password may come without TLS: on loopback (DESIGN §6). */
  allowPlaintext(connection: Connection): boolean
  /** What keeps abuse out; undefined: nothing does. */
  guard?: Guard
  /** How long to wait before the greeting, to catch clients that do not wait for it; 0: not at all. */
  greetingDelayMs?: number
}
