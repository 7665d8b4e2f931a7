import { formatEnabled } from '../../codec/imap/enable.ts'
import { type Done, ok } from './done.ts'
import type { Enabled, Session } from './session.ts'

const SWITCHES: Readonly<Record<string, Partial<Enabled>>> = {
  CONDSTORE: { condstore: true },
  QRESYNC: { qresync: true, condstore: true }, // RFC 7162 §3.2.3
  'UTF8=ACCEPT': { utf8: true },
}

/** ENABLE (RFC 9051 §6.3.1); what is not known is passed over. */
export function enable(session: Session, { capabilities }: { capabilities: string[] }): Done {
  const enabled: string[] = []
  for (const name of capabilities) {
    const switched = Object.hasOwn(SWITCHES, name) ? SWITCHES[name]! : undefined
    if (switched === undefined || enabled.includes(name)) continue
    session.enabled = { ...session.enabled, ...switched }
    enabled.push(name)
  }
  session.out.add(formatEnabled(enabled))
  return ok('ENABLE completed')
}

/** A command that speaks of MODSEQ switches CONDSTORE on, and a client in a mailbox is told where it stands (RFC 7162 §3.1). */
export function useCondstore(session: Session): void {
  if (session.enabled.condstore) return
  session.enabled = { ...session.enabled, condstore: true }
  if (session.view !== undefined) {
    session.respond('OK', 'The newest change', ['HIGHESTMODSEQ', session.view.replica.modseq])
  }
}
