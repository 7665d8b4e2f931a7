import { displayText } from '../../codec/mime/encoded-word.ts'
import { fieldsByName, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import type { ImapAddress } from '../../codec/mime/structure-types.ts'
import type { Envelope } from '../../mailbox/envelope.ts'
import { type Flags, NO_FLAGS } from '../../mailbox/flags.ts'
import type { AccountId, MailboxId } from '../../mailbox/ids.ts'
import { applyRules, type Rule, type RuleFacts, rulesOfSender } from '../../mailbox/rule.ts'
import type { Inbox } from '../../store/mailbox-names.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { attachmentParts } from '../mailboxes/message-bodies.ts'
import { ownResults } from './own-results.ts'

/** Where a message goes when it comes in, and what else is done with it. */
export interface Handling {
  /** Each once; never empty. */
  mailboxes: readonly MailboxId[]
  flags: Flags
  forwards: readonly string[]
}

/**
 * What an account wants done with a message: by its rules, which name mailboxes by their ids, so that they survive a RENAME. A verdict of junk is
 * stronger than rules, as a sender that is not proved could write anything into the fields they look at; but a rule that names the sender's
 * whole address, and files the message, holds where DMARC says that it is that sender. Mailboxes that are gone are for the caller to find out.
 */
export async function decideHandling(
  own: TenantStore,
  account: AccountId,
  inbox: Inbox,
  view: View,
  { junk, hostName }: Envelope,
): Promise<Handling> {
  const all = inbox.rules === undefined ? [] : await own.rules.atVersion(account, inbox.rules)
  const rules = junk ? rulesForJunk(all, view, hostName) : all
  const outcome = applyRules(rules, rules.length === 0 ? NO_FACTS : factsOf(view))
  const isJunk = junk === true && outcome.mailboxes.length === 0
  if (isJunk) return plain((await own.mailboxes.mailboxFor(account, 'Junk')) ?? inbox.mailbox)
  const trash = outcome.delete ? await own.mailboxes.mailboxFor(account, 'Trash') : undefined
  const mailboxes = [...new Set([...outcome.mailboxes, ...(trash === undefined ? [] : [trash])])]
  const { flags, forwards } = outcome
  return { mailboxes: mailboxes.length === 0 ? [inbox.mailbox] : mailboxes, flags, forwards }
}

const NO_FACTS: RuleFacts = { from: [], to: [], subject: '', listId: [], hasAttachment: false, sizeOctets: 0 }

function plain(mailbox: MailboxId): Handling {
  return { mailboxes: [mailbox], flags: NO_FLAGS, forwards: [] }
}

function rulesForJunk(rules: readonly Rule[], view: View, hostName: string | undefined): readonly Rule[] {
  const ofSender = rulesOfSender(rules)
  if (ofSender.length === 0 || hostName === undefined) return []
  return ownResults(view.headerFields, hostName)?.results.get('dmarc') === 'pass' ? ofSender : []
}

/** A view keeps what rules look at: no octet of the object is read for them. */
export function factsOf({ envelope, headerFields, structure, sizeOctets }: View): RuleFacts {
  const listId = fieldsByName(parseHeader(headerFields)).get('list-id')?.[0]
  return {
    from: envelope.from.flatMap(textsOf),
    to: [...envelope.to, ...envelope.cc].flatMap(textsOf),
    subject: displayText(envelope.subject ?? ''),
    listId: listId === undefined ? [] : listTexts(displayText(unfoldedValue(headerFields, listId))),
    hasAttachment: attachmentParts(structure).some(({ disposition }) => disposition === 'attachment'),
    sizeOctets,
  }
}

function textsOf({ name, mailbox, host }: ImapAddress): string[] {
  const address = host ? [`${displayText(mailbox ?? '')}@${displayText(host)}`] : []
  return name === null ? address : [...address, displayText(name)]
}

/** The whole value, and the identifier in its angle brackets. */
function listTexts(value: string): string[] {
  const open = value.lastIndexOf('<')
  const close = value.indexOf('>', open)
  return open < 0 || close < 0 ? [value] : [value, value.slice(open + 1, close)]
}
