import type { Limits } from '../../settings.ts'
import type { Store } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import type { SignInServices } from '../sasl-sign-in.ts'

/** What POP3 sessions are given. */
export interface Pop3Services extends SignInServices {
  store: Store
  limits: SignInServices['limits'] &
    Pick<Limits, 'pop3LineOctets' | 'smtpAuthLineOctets' | 'pop3IdleMs' | 'protocolErrors'>
  /** The name in the greeting. */
  hostName: string
  /** Whether a password may come without TLS: on loopback (DESIGN §6). */
  allowPlaintext(connection: Connection): boolean
}
