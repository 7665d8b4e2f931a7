import { formatEnabled } from '../../codec/imap/enable.ts'
import { isHidden } from './capability.ts'
import { type Done, ok } from './done.ts'
import type { Enabled, Session } from './session.ts'

const SWITCHES: Readonly<Record<string, Partial<Enabled>>> = {
  CONDSTORE: { condstore: true },
  QRESYNC: { qresync: true, condstore: true }, // RFC 7162 §3.2.3
  'UTF8=ACCEPT': { utf8: true },
  IMAP4REV2: { rev2: true, utf8: true }, // RFC 9051 §5.1: names are UTF-8
}

/** Where the name as registered is not in capitals. */
const SPELLING: Readonly<Record<string, string>> = { IMAP4REV2: 'IMAP4rev2' }

/** ENABLE (RFC 9051 §6.3.1); what is not known, or hidden from the account, is passed over. */
export function enable(session: Session, { capabilities }: { capabilities: string[] }): Done {
  const enabled: string[] = []
  for (const name of capabilities) {
    const switched = Object.hasOwn(SWITCHES, name) ? SWITCHES[name]! : undefined
    const spelled = SPELLING[name] ?? name
    if (switched === undefined || enabled.includes(spelled) || isHidden(session, name)) continue
    session.enabled = { ...session.enabled, ...switched }
    enabled.push(spelled)
  }
  if (session.enabled.rev2) session.view?.forgetRecent()
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
