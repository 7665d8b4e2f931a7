import { formatAddress } from '../../../codec/smtp/address.ts'
import { type MailboxId, mailboxId } from '../../../mailbox/ids.ts'
import { MOST_TARGETS, RULE_TEXTS, type Rule, type RuleActions, type RuleCondition } from '../../../mailbox/rule.ts'
import { isId, isObject } from '../arguments.ts'
import { resolveId } from '../get.ts'
import { type Call, invalidProperties, MethodError } from '../method.ts'
import {
  boolProperty,
  choiceProperty,
  lineProperty,
  listProperty,
  numberProperty,
  objectProperty,
  requireProperties,
  textProperty,
} from '../properties.ts'
import { changesOfRecords, getRecords } from '../record-get.ts'
import { type RecordType, setRecords } from '../record-set.ts'
import { readEmail } from '../submissions/identity.ts'
import { MOST_RULES } from './own-capabilities.ts'

const MOST_NAME = 200
const MOST_CONDITIONS = 50
const MOST_VALUE = 500
const MOST_FORWARDS = 5
const MOST_KEYWORDS = 10
const MOST_ORDER = 2 ** 31
/** All of an account's rules are one item. */
const MOST_OCTETS = 200 * 1024

const NO_ACTIONS = {
  mailboxIds: {},
  markRead: false,
  flag: false,
  keywords: {},
  delete: false,
  forwardTo: [],
  stop: false,
}

interface OrderedRule extends Rule {
  sortOrder: number
}

/** Rules of this house, in the order in which they are looked at. */
const RULE_TYPE: RecordType<OrderedRule> = {
  most: MOST_RULES,
  defaults: { name: '', sortOrder: 0, isEnabled: true, match: 'all', conditions: [], actions: NO_ACTIONS },

  async read({ tenant, account }) {
    const { rules, version } = await tenant.rules.get(account.id)
    return { records: new Map(rules.map((rule) => [rule.id, rule as OrderedRule])), version }
  },

  show: ({ id, name, sortOrder, isEnabled, match, conditions, actions }) => {
    const { mailboxes, keywords, ...rest } = actions
    return {
      id,
      name,
      sortOrder,
      isEnabled,
      match,
      conditions: [...conditions],
      actions: {
        ...rest,
        mailboxIds: Object.fromEntries(mailboxes.map((mailbox) => [mailbox.slice(mailbox.lastIndexOf('/') + 1), true])),
        keywords: Object.fromEntries(keywords.map((keyword) => [keyword, true])),
      },
    }
  },

  parse(call, given, before) {
    requireProperties(given, ['id', ...Object.keys(RULE_TYPE.defaults)])
    return {
      id: given['id'] as string,
      name: lineProperty(given, 'name', MOST_NAME),
      sortOrder: numberProperty(given, 'sortOrder', 0, MOST_ORDER),
      isEnabled: boolProperty(given, 'isEnabled'),
      match: choiceProperty(given, 'match', ['all', 'any']),
      conditions: listProperty(given, 'conditions', MOST_CONDITIONS).map(readCondition),
      actions: readActions(call, { ...NO_ACTIONS, ...objectProperty(given, 'actions') }, before?.actions),
    }
  },

  arrange: (rules) => [...rules].sort((a, b) => a.sortOrder - b.sortOrder),

  save({ tenant, account }, records, version) {
    const rules = [...records.values()]
    if (Buffer.byteLength(JSON.stringify(rules)) > MOST_OCTETS)
      throw new MethodError('requestTooLarge', 'The rules are too long together.')
    return tenant.rules.put(account.id, rules, version)
  },
}

export const ruleGet = (call: Call, args: Record<string, unknown>) => getRecords(call, RULE_TYPE, args)
export const ruleSet = (call: Call, args: Record<string, unknown>) => setRecords(call, RULE_TYPE, args)
export const ruleChanges = (call: Call, args: Record<string, unknown>) => changesOfRecords(call, RULE_TYPE, args)

function readCondition(given: unknown): RuleCondition {
  if (!isObject(given)) throw invalidProperties('A condition is an object.', 'conditions')
  const field = choiceProperty(given, 'field', [...RULE_TEXTS, 'hasAttachment', 'size'])
  const not = given['not'] === undefined ? {} : { not: boolProperty(given, 'not') }
  if (field === 'hasAttachment') {
    requireProperties(given, ['field', 'not'], 'conditions/')
    return { field, ...not }
  }
  if (field === 'size') {
    requireProperties(given, ['field', 'test', 'octets', 'not'], 'conditions/')
    const octets = numberProperty(given, 'octets', 0, Number.MAX_SAFE_INTEGER)
    return { field, test: choiceProperty(given, 'test', ['over', 'under']), octets, ...not }
  }
  requireProperties(given, ['field', 'test', 'value', 'not'], 'conditions/')
  const value = textProperty(given, 'value', MOST_VALUE)
  // What everything contains would be a rule for every message that does not look like one.
  if (value.trim() === '') throw invalidProperties('A condition needs something to look for.', 'conditions')
  return { field, test: choiceProperty(given, 'test', ['contains', 'is']), value, ...not }
}

function readActions(call: Call, given: Record<string, unknown>, before: RuleActions | undefined): RuleActions {
  requireProperties(given, Object.keys(NO_ACTIONS), 'actions/')
  const keywords = readSet(given, 'keywords', MOST_KEYWORDS)
  if (!keywords.every(isKeyword)) throw invalidProperties('A keyword is an atom of IMAP.', 'actions/keywords')
  const forwardTo = listProperty(given, 'forwardTo', MOST_FORWARDS)
  return {
    mailboxes: readSet(given, 'mailboxIds', MOST_TARGETS).map((id) => readMailbox(call, id, before)),
    markRead: boolProperty(given, 'markRead'),
    flag: boolProperty(given, 'flag'),
    keywords,
    delete: boolProperty(given, 'delete'),
    forwardTo: forwardTo.map((one) => readForward(call, one)),
    stop: boolProperty(given, 'stop'),
  }
}

/** Not to oneself: it would come in again, to be stopped as a loop. */
function readForward({ account }: Call, given: unknown): string {
  const address = formatAddress(readEmail(given, 'actions/forwardTo'))
  if (address.toLowerCase() !== account.address.toLowerCase()) return address
  throw invalidProperties('That is your own address.', 'actions/forwardTo')
}

/** Names that are set: `{ name: true }`. */
function readSet(given: Record<string, unknown>, name: string, most: number): string[] {
  const set = objectProperty(given, name)
  const names = Object.keys(set)
  if (names.length > most || names.some((one) => set[one] !== true)) {
    throw invalidProperties(`${name} is a set of at most ${most}.`, `actions/${name}`)
  }
  return names
}

/** A mailbox that is gone may stay in a rule that named it: then INBOX takes its place. */
function readMailbox(call: Call, given: string, before: RuleActions | undefined): MailboxId {
  const id = resolveId(call, given)
  const mailbox = isId(id) && !id.startsWith('#') ? mailboxId(call.account.id, id.slice(0, 64)) : undefined
  const isThere = call.mail.names.some((name) => name.mailbox === mailbox)
  if (mailbox !== undefined && (isThere || before?.mailboxes.includes(mailbox))) return mailbox
  throw invalidProperties('There is no such mailbox.', 'actions/mailboxIds')
}

/** RFC 8621 §4.1.1, and no flag of IMAP's own. */
function isKeyword(keyword: string): boolean {
  return /^[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|}~]{1,100}$/.test(keyword)
}
