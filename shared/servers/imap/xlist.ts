import { formatList } from '../../codec/imap/list.ts'
import { joinReference, matchesListPattern } from '../../codec/imap/list-pattern.ts'
import { formatMailboxPath, isInbox, SEPARATOR } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import { attributesOf } from './list.ts'
import type { Authenticated } from './session.ts'

/** Google's names for special uses, where they are not those of RFC 6154: Outlook 2013 and 2016 know no others. */
const XLIST_NAMES: Readonly<Record<string, string>> = {
  '\\Junk': '\\Spam',
  '\\Flagged': '\\Starred',
  '\\All': '\\AllMail',
}

/** XLIST, which SPECIAL-USE replaced: LIST with special uses and \Inbox. */
export async function xlist(session: Authenticated, args: { reference: string; pattern: string }): Promise<Done> {
  const pattern = joinReference(args.reference, args.pattern)
  for (const name of await session.store.mailboxes.list(session.account.id)) {
    const text = formatMailboxPath(name.path)
    if (!name.exists || !matchesListPattern(pattern, text)) continue
    const attributes = attributesOf(name).map((attribute) => XLIST_NAMES[attribute] ?? attribute)
    if (isInbox(name.path)) attributes.push('\\Inbox')
    session.out.add(formatList('XLIST', { attributes, separator: SEPARATOR, name: text }, session.enabled.utf8))
    if (session.out.full) await session.out.flush()
  }
  return ok('XLIST completed')
}
