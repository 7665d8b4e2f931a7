import { formatNamespace } from '../../codec/imap/list.ts'
import { SEPARATOR } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** NAMESPACE (RFC 2342): everything is personal and nothing has a prefix. */
export function namespace(session: Authenticated): Done {
  session.out.add(formatNamespace('', SEPARATOR))
  return ok('NAMESPACE completed')
}
