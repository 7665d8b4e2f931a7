/** What an account wants done with mail as it comes in: conditions, and what follows where they hold. */
import { foldForSearch } from '../codec/mime/fold-text.ts'
import { type Flags, flagsOf } from './flags.ts'
import type { MailboxId } from './ids.ts'

export const RULE_TEXTS = ['from', 'to', 'subject', 'listId'] as const
export type RuleText = (typeof RULE_TEXTS)[number]

export type RuleCondition = (
  | { field: RuleText; test: 'contains' | 'is'; value: string }
  | { field: 'hasAttachment' }
  | { field: 'size'; test: 'over' | 'under'; octets: number }
) & {
  /** It holds where the rest of it does not. */
  not?: boolean
}

export interface RuleActions {
  /** A copy into each; none, and no `delete`: INBOX. */
  mailboxes: readonly MailboxId[]
  markRead: boolean
  flag: boolean
  keywords: readonly string[]
  /** Into Trash. */
  delete: boolean
  forwardTo: readonly string[]
  /** No later rule is looked at. */
  stop: boolean
}

export interface Rule {
  id: string
  name: string
  isEnabled: boolean
  match: 'all' | 'any'
  /** None: every message. */
  conditions: readonly RuleCondition[]
  actions: RuleActions
}

/** What conditions look at, as people read it. */
export interface RuleFacts {
  /** Author: addresses, and names. */
  from: readonly string[]
  /** To and Cc: addresses, and names. */
  to: readonly string[]
  subject: string
  /** The field's value, and what stands in its angle brackets (RFC 2919 §3). */
  listId: readonly string[]
  hasAttachment: boolean
  sizeOctets: number
}

/** What the rules that hold come to together. */
export interface RuleOutcome {
  /** Each once; empty and not `delete`: INBOX. */
  mailboxes: readonly MailboxId[]
  delete: boolean
  flags: Flags
  forwards: readonly string[]
}

/** Copies and forwards of one message, however many rules hold. */
export const MOST_TARGETS = 10

export function applyRules(rules: readonly Rule[], facts: RuleFacts): RuleOutcome {
  const mailboxes = new Set<MailboxId>()
  const flags = new Set<string>()
  const forwards = new Map<string, string>()
  let isDeleted = false
  for (const rule of rules) {
    if (!rule.isEnabled || !holds(rule, facts)) continue
    const { actions } = rule
    for (const mailbox of actions.mailboxes) mailboxes.add(mailbox)
    if (actions.markRead) flags.add('\\Seen')
    if (actions.flag) flags.add('\\Flagged')
    for (const keyword of actions.keywords) flags.add(keyword)
    for (const address of actions.forwardTo) forwards.set(address.toLowerCase(), address)
    isDeleted ||= actions.delete
    if (actions.stop) break
  }
  return {
    mailboxes: [...mailboxes].slice(0, MOST_TARGETS),
    delete: isDeleted,
    flags: flagsOf([...flags].slice(0, 2 + MOST_TARGETS)),
    forwards: [...forwards.values()].slice(0, MOST_TARGETS),
  }
}

/** Rules that name one sender by its whole address: where it is proved to be that sender, they are stronger than a verdict of junk. */
export function rulesOfSender(rules: readonly Rule[]): Rule[] {
  return rules.filter(
    ({ match, conditions, actions }) =>
      actions.mailboxes.length > 0 &&
      (match === 'all' || conditions.length === 1) &&
      conditions.some(
        (condition) =>
          condition.field === 'from' && condition.test === 'is' && !condition.not && condition.value.includes('@'),
      ),
  )
}

function holds({ match, conditions }: Rule, facts: RuleFacts): boolean {
  if (conditions.length === 0) return true
  const holdsOne = (condition: RuleCondition) => test(condition, facts) !== (condition.not ?? false)
  return match === 'all' ? conditions.every(holdsOne) : conditions.some(holdsOne)
}

function test(condition: RuleCondition, facts: RuleFacts): boolean {
  switch (condition.field) {
    case 'hasAttachment':
      return facts.hasAttachment
    case 'size':
      return condition.test === 'over' ? facts.sizeOctets > condition.octets : facts.sizeOctets < condition.octets
    default: {
      const wanted = foldForSearch(condition.value.trim())
      const texts = condition.field === 'subject' ? [facts.subject] : facts[condition.field]
      return texts.some((text) => {
        const folded = foldForSearch(text)
        return condition.test === 'is' ? folded.trim() === wanted : folded.includes(wanted)
      })
    }
  }
}
