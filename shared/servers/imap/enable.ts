import { formatEnabled } from '../../codec/imap/enable.ts'
import { type Done, ok } from './done.ts'
import type { Enabled, Session } from './session.ts'

const SWITCHES: Readonly<Record<string, keyof Enabled>> = { CONDSTORE: 'condstore', 'UTF8=ACCEPT': 'utf8' }

/** ENABLE (RFC 9051 §6.3.1); what is not known is passed over. */
export function enable(session: Session, { capabilities }: { capabilities: string[] }): Done {
  const enabled: string[] = []
  for (const name of capabilities) {
    const key = Object.hasOwn(SWITCHES, name) ? SWITCHES[name]! : undefined
    if (key === undefined || session.enabled[key]) continue
    session.enabled = { ...session.enabled, [key]: true }
    enabled.push(name)
  }
  session.out.add(formatEnabled(enabled))
  return ok('ENABLE completed')
}

/** A command that speaks of MODSEQ switches CONDSTORE on (RFC 7162 §3.1). */
export function useCondstore(session: Session): void {
  if (!session.enabled.condstore) session.enabled = { ...session.enabled, condstore: true }
}
