import type { CreateArgs } from '../../codec/imap/mailbox-commands.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { SPECIAL_USES, type SpecialUse } from '../../store/mailbox-names.ts'
import { type Done, no, ok } from './done.ts'
import { objectIdOf } from './object-id.ts'
import { tellOldName } from './old-name.ts'
import type { Authenticated } from './session.ts'

/** CREATE (RFC 9051 §6.3.4), with USE (RFC 6154 §3). */
export async function create(session: Authenticated, { mailbox, use }: CreateArgs): Promise<Done> {
  const uses = use.map(specialUseOf)
  // A mailbox has one special use here, and \All and \Flagged would be views over others, which there are none of.
  if (uses.includes(undefined) || uses.length > 1) return no('There is no such special use', ['USEATTR'])
  const path = parseMailboxPath(mailbox)
  const id = await session.store.mailboxes.create(session.account.id, path, uses[0])
  tellOldName(session, path, mailbox)
  return ok('CREATE completed', ['MAILBOXID', { list: [objectIdOf(id)] }])
}

function specialUseOf(attribute: string): SpecialUse | undefined {
  return SPECIAL_USES.find((use) => attribute === `\\${use.toLowerCase()}` && use !== 'All' && use !== 'Flagged')
}
