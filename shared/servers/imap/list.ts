import { formatList, type ListArgs, type ListSelection } from '../../codec/imap/list.ts'
import { joinReference, matchesListPattern } from '../../codec/imap/list-pattern.ts'
import { MailError } from '../../mailbox/errors.ts'
import { formatMailboxPath, isInbox, SEPARATOR } from '../../mailbox/mailbox-path.ts'
import type { MailboxName } from '../../store/mailbox-names.ts'
import { type Done, ok } from './done.ts'
import { Pacer } from './pacer.ts'
import type { Authenticated } from './session.ts'
import { writeStatus } from './status.ts'

/** Of all patterns of a command together: matching costs their length times that of every name. */
const PATTERN_CHARACTERS = 4096

/** LIST (RFC 9051 §6.3.9), extended (RFC 5258) and with status (RFC 5819). Special uses are told without being asked for. */
export async function list(session: Authenticated, args: ListArgs): Promise<Done> {
  const { out, enabled, store, account } = session
  if (!args.extended && args.patterns[0] === '') {
    // An empty pattern asks for the separator and the root (RFC 3501 §6.3.8).
    out.add(formatList('LIST', { attributes: ['\\Noselect'], separator: SEPARATOR, name: '' }, enabled.utf8))
    return ok('LIST completed')
  }
  const patterns = args.patterns
    .filter((pattern) => pattern !== '')
    .map((pattern) => joinReference(args.reference, pattern))
  if (patterns.reduce((sum, { length }) => sum + length, 0) > PATTERN_CHARACTERS) {
    throw new MailError('too-many', 'patterns in one LIST')
  }
  const names = await store.mailboxes.list(account.id)
  const matchesPattern = (name: string) => patterns.some((pattern) => matchesListPattern(pattern, name))
  const parents = parentsOfSelected(names, args.selection, matchesPattern)
  const pacer = new Pacer()
  for (const name of names) {
    const text = formatMailboxPath(name.path)
    const chosen = isSelected(name, args.selection)
    // What is only above the chosen is listed where it stands for one that is not listed itself (RFC 5258 §3.5).
    if (!(chosen || parents.unlisted.has(text)) || !matchesPattern(text)) continue
    const attributes = attributesOf(name)
    if (name.subscribed && (args.selection.has('SUBSCRIBED') || args.returns.has('SUBSCRIBED'))) {
      attributes.push('\\Subscribed')
    }
    const childInfo = parents.all.has(text) ? { childInfo: [...args.selection].filter(saysWhat) } : {}
    out.add(formatList('LIST', { attributes, separator: SEPARATOR, name: text, ...childInfo }, enabled.utf8))
    if (args.status !== undefined && name.mailbox !== undefined) {
      await writeStatus(session, text, name.mailbox, args.status)
    }
    if (out.full) await out.flush()
    if (pacer.due) await pacer.rest()
  }
  return ok('LIST completed')
}

function isSelected(name: MailboxName, selection: ReadonlySet<ListSelection>): boolean {
  if (selection.has('SUBSCRIBED') && !name.subscribed) return false
  if (selection.has('SPECIAL-USE') && name.specialUse === undefined) return false
  // A name that only a subscription keeps is listed where subscriptions are asked for (RFC 5258 §3.1).
  return name.exists || selection.has('SUBSCRIBED')
}

/** The options that select; the others say how. */
function saysWhat(option: ListSelection): boolean {
  return option === 'SUBSCRIBED' || option === 'SPECIAL-USE'
}

/** With RECURSIVEMATCH, names that have one below them which the selection wants (RFC 5258 §3.5). */
interface Parents {
  all: ReadonlySet<string>
  /** One of those below them is not listed itself, as no pattern matches it. */
  unlisted: ReadonlySet<string>
}

function parentsOfSelected(
  names: readonly MailboxName[],
  selection: ReadonlySet<ListSelection>,
  matchesPattern: (name: string) => boolean,
): Parents {
  const all = new Set<string>()
  const unlisted = new Set<string>()
  if (!selection.has('RECURSIVEMATCH')) return { all, unlisted }
  for (const name of names) {
    if (!isSelected(name, selection)) continue
    const listed = matchesPattern(formatMailboxPath(name.path))
    for (let depth = 1; depth < name.path.length; depth += 1) {
      const parent = formatMailboxPath(name.path.slice(0, depth))
      all.add(parent)
      if (!listed) unlisted.add(parent)
    }
  }
  return { all, unlisted }
}

/** What LIST says of a name; also of one that cannot be selected (RFC 9051 §7.3.1). */
export function attributesOf(name: MailboxName): string[] {
  const attributes = [name.hasChildren ? '\\HasChildren' : '\\HasNoChildren']
  // \NonExistent says \Noselect as well (RFC 5258 §3).
  if (!name.exists) attributes.push('\\NonExistent')
  else if (name.mailbox === undefined) attributes.push('\\Noselect')
  if (name.specialUse !== undefined && !isInbox(name.path)) attributes.push(`\\${name.specialUse}`)
  return attributes
}
