import type { Limits } from '../../settings.ts'
import type { Store } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import type { SignInServices } from '../sasl-sign-in.ts'

/** What IMAP sessions are given. */
export interface ImapServices extends SignInServices {
  store: Store
  limits: SignInServices['limits'] &
    Pick<
      Limits,
      | 'messageOctets'
      | 'imapLineOctets'
      | 'spoolMemoryOctets'
      | 'imapIdleMs'
      | 'imapRefreshMs'
      | 'imapLoginMs'
      | 'protocolErrors'
      | 'mimeLevels'
      | 'mimeParts'
    >
  /** The name in the greeting. */
  hostName: string
  /** Whether a password may come without TLS: on loopback (DESIGN §6). */
  allowPlaintext(connection: Connection): boolean
}
