import { signal } from '@preact/signals'
import type { Email } from '../jmap/types.ts'
import type { Folder } from '../state/mailboxes.ts'
import { sizeText } from '../text/sizes.ts'

export const TEXT_FIELDS = { from: 'From', to: 'To or Cc', subject: 'Subject', listId: 'Mailing list' } as const
export type TextField = keyof typeof TEXT_FIELDS

export type RuleCondition = { not?: boolean } & (
  | { field: TextField; test: 'contains' | 'is'; value: string }
  | { field: 'hasAttachment' }
  | { field: 'size'; test: 'over' | 'under'; octets: number }
)

/** As the server keeps it (shared/servers/jmap/own/rule.ts). */
export interface Rule {
  id: string
  name: string
  sortOrder: number
  isEnabled: boolean
  match: 'all' | 'any'
  conditions: RuleCondition[]
  actions: {
    mailboxIds: Record<string, boolean>
    markRead: boolean
    flag: boolean
    keywords: Record<string, boolean>
    delete: boolean
    forwardTo: string[]
    stop: boolean
  }
}

/** A message that a rule is to be made of. */
export const ruleSource = signal<Email | undefined>(undefined)

/** For all that comes by the same list, else from the same address. */
export function ruleLike(email: Email): Rule {
  const list = listIdOf(email['header:List-Id:asText'] ?? '')
  const from = email.from?.[0]?.email ?? ''
  const condition: RuleCondition =
    list === undefined
      ? { field: 'from', test: 'contains', value: from }
      : { field: 'listId', test: 'contains', value: list }
  return { ...emptyRule(), name: list ?? from, conditions: [condition] }
}

/** What stands in angle brackets (RFC 2919 §3). */
function listIdOf(field: string): string | undefined {
  const open = field.lastIndexOf('<')
  const close = field.indexOf('>', open)
  return open >= 0 && close > open + 1 ? field.slice(open + 1, close) : undefined
}

export function emptyRule(): Rule {
  return {
    id: '',
    name: '',
    sortOrder: 0,
    isEnabled: true,
    match: 'all',
    conditions: [{ field: 'from', test: 'contains', value: '' }],
    actions: { mailboxIds: {}, markRead: false, flag: false, keywords: {}, delete: false, forwardTo: [], stop: false },
  }
}

/** A rule in one sentence. */
export function ruleText({ match, conditions, actions }: Rule, folders: readonly Folder[]): string {
  const when = conditions.map(conditionText).join(match === 'all' ? ' and ' : ' or ')
  const names = folders.filter(({ mailbox }) => actions.mailboxIds[mailbox.id]).map(({ path }) => path)
  const done = [
    names.length > 0 && `into ${names.join(' and ')}`,
    actions.delete && 'into Trash',
    actions.markRead && 'marked as read',
    actions.flag && 'flagged',
    actions.forwardTo.length > 0 && `forwarded to ${actions.forwardTo.join(', ')}`,
    actions.stop && 'no later rule',
  ].filter((each) => each !== false)
  return `${when || 'Every message'}: ${done.join(', ') || 'nothing'}`
}

function conditionText(condition: RuleCondition): string {
  const not = condition.not ? 'not ' : ''
  if (condition.field === 'hasAttachment') return `${not}with attachments`
  if (condition.field === 'size')
    return `${not}${condition.test === 'over' ? 'larger' : 'smaller'} than ${sizeText(condition.octets)}`
  return `${TEXT_FIELDS[condition.field]} ${not}${condition.test === 'is' ? 'is' : 'has'} “${condition.value}”`
}
