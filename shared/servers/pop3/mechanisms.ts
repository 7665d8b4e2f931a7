import { PASSWORD_MECHANISMS } from '../../codec/sasl/mechanism.ts'
import { SASL_MECHANISMS, type SaslMechanism } from '../sasl-sign-in.ts'
import type { Session } from './session.ts'

/** What AUTH takes on this connection: mechanisms that show the password only where nobody else can see it. */
export function mechanisms({ passwordAllowed }: Session): SaslMechanism[] {
  const all = Object.keys(SASL_MECHANISMS) as SaslMechanism[]
  return all.filter((name) => passwordAllowed || !PASSWORD_MECHANISMS.some((shown) => shown === name))
}
