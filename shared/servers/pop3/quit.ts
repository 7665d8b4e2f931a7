import { formatErr, formatOk } from '../../codec/pop3/response.ts'
import { updateMaildrop } from '../../flows/mailboxes/update-maildrop.ts'
import { log } from '../../log.ts'
import type { Session } from './session.ts'

/** QUIT (RFC 1939 §4, §6): in the TRANSACTION state the messages marked as deleted go, all of them or none. */
export async function quit(session: Session): Promise<string> {
  session.ended = true
  const { maildrop } = session
  const uids = maildrop?.deletedUids ?? []
  if (maildrop === undefined || uids.length === 0) return formatOk('goodbye')
  try {
    const { store, account, replica, lock } = maildrop
    const trash = account.pop3.deleMovesToTrash ? await store.mailboxes.mailboxFor(account.id, 'Trash') : undefined
    const outcome = await updateMaildrop(store, replica, lock, uids, { trash, read: maildrop.retrievedUids })
    if (outcome === 'done') return formatOk(`${uids.length} messages deleted, goodbye`)
    return formatErr('another session has taken the maildrop; no message was deleted', 'SYS/TEMP')
  } catch (error) {
    // Whatever went wrong, the session is over, and the client must hear that it cannot count on the deletion.
    log.warn('pop3-update-failed', { error: error as Error })
    return formatErr('the messages may not have been deleted; look again', 'SYS/TEMP')
  }
}
