import { formatList } from '../../codec/imap/list.ts'
import { formatMailboxPath, type MailboxPath, SEPARATOR } from '../../mailbox/mailbox-path.ts'
import type { Authenticated } from './session.ts'

/** OLDNAME (RFC 9051 §6.3.9.7): a client of IMAP4rev2 is told what a mailbox is called now, where that is not what it was called. */
export function tellOldName({ out, enabled }: Authenticated, path: MailboxPath, oldName: string): void {
  const name = formatMailboxPath(path)
  if (!enabled.rev2 || name === oldName) return
  out.add(formatList('LIST', { attributes: [], separator: SEPARATOR, name, oldName }, enabled.utf8))
}
