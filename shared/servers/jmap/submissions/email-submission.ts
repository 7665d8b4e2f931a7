import { DELIVERED_HERE } from '../../../flows/outgoing/delivered-here.ts'
import { isContentId } from '../../../mailbox/ids.ts'
import type { OutboundState } from '../../../store/outbound.ts'
import type { Submission } from '../../../store/submissions.ts'
import { formatUtcDate, readArguments, utcDate } from '../arguments.ts'
import { answerChanges, readChangesArgs } from '../changes.ts'
import { pick, readGetArgs, requireKnown } from '../get.ts'
import { type Call, invalidArguments, MethodError } from '../method.ts'
import { every, QUERY_ARGS, QUERY_CHANGES_ARGS, readFilter, readSort, type Test, windowOf } from '../query.ts'
import { formatProgress, parseProgress, unknownState } from '../state.ts'

const PROPERTIES = [
  'id',
  'identityId',
  'emailId',
  'threadId',
  'envelope',
  'sendAt',
  'undoStatus',
  'deliveryStatus',
  'dsnBlobIds',
  'mdnBlobIds',
]

/** RFC 8621 §7: what is held can still be stopped. */
const UNDO_STATUS = { held: 'pending', released: 'final', canceled: 'canceled' } as const

export async function submissionState({ tenant, account }: Call): Promise<string> {
  return String(await tenant.submissions.version(account.id))
}

/** EmailSubmission/get (RFC 8621 §7.1). */
export async function submissionGet(call: Call, given: Record<string, unknown>) {
  const { ids, properties } = readGetArgs(call, given)
  requireKnown(properties, PROPERTIES)
  const { tenant, account, limits } = call
  const state = await submissionState(call)
  const wanted = ids?.map((id) => (isContentId(id) ? tenant.submissions.get(account.id, id) : undefined))
  const found = wanted === undefined ? await tenant.submissions.list(account.id) : await Promise.all(wanted)
  const submissions = found.filter((one) => one !== undefined)
  if (submissions.length > limits.jmapObjectsInGet) throw new MethodError('requestTooLarge')
  const list = await Promise.all(submissions.map((one) => showSubmission(call, one, properties)))
  const known = new Set<string>(submissions.map(({ id }) => id))
  return { state, list, notFound: ids?.filter((id) => !known.has(id)) ?? [] }
}

export async function showSubmission(
  { tenant }: Call,
  { id, identityId, emailId, threadId, envelope, sendAt, state }: Submission,
  properties: readonly string[] | undefined,
) {
  const isAsked = properties === undefined || properties.includes('deliveryStatus')
  const outbound = state === 'released' && isAsked ? await tenant.outbound.get(id) : undefined
  const shown = {
    id,
    identityId,
    emailId,
    threadId,
    envelope,
    sendAt: formatUtcDate(sendAt),
    undoStatus: UNDO_STATUS[state],
    deliveryStatus: state === 'released' ? deliveryStatus(envelope, outbound) : null,
    dsnBlobIds: [],
    mdnBlobIds: [],
  }
  return pick(shown, properties)
}

/** RFC 8621 §7, DeliveryStatus: by recipient. Whether the world has delivered what the relay took is not known. */
function deliveryStatus({ rcptTo }: Submission['envelope'], outbound: OutboundState | undefined) {
  const outcomes = new Map(outbound?.outcomes.map((one) => [one.recipient, one]))
  return Object.fromEntries(
    rcptTo.map(({ email }) => {
      const { outcome = 'deferred', reply = '250 2.0.0 Queued' } = outcomes.get(email) ?? {}
      const delivered =
        outcome === 'failed' ? 'no' : outcome === 'deferred' ? 'queued' : reply === DELIVERED_HERE ? 'yes' : 'unknown'
      return [email, { smtpReply: reply, delivered, displayed: 'unknown' }]
    }),
  )
}

/** EmailSubmission/changes (§7.2). */
export async function submissionChanges({ tenant, account }: Call, given: Record<string, unknown>) {
  const args = readChangesArgs(given)
  const { since, target } = parseProgress(args.sinceState)
  const known = await tenant.submissions.changesSince(account.id, versionOf(since))
  if (known === undefined) throw unknownState()
  // What changed while the client fetched a page is for its next call.
  const now = String(known.version)
  if (target !== undefined && target !== now) {
    return answerChanges({ ...args, sinceState: formatProgress({ since }) }, now, () => known.changes)
  }
  return answerChanges(args, now, () => known.changes)
}

function versionOf(state: string): number {
  const version = Number(state)
  if (!Number.isSafeInteger(version) || version < 0 || String(version) !== state) throw unknownState()
  return version
}

/** EmailSubmission/query (§7.3). */
export async function submissionQuery(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, QUERY_ARGS)
  const test = readFilter(args.filter, readCondition)
  const sort = readSort(args.sort, ['emailId', 'threadId', 'sentAt', 'sendAt'])
  const queryState = await submissionState(call)
  const found = (await call.tenant.submissions.list(call.account.id)).filter((one) => test(one) === true)
  found.sort((a, b) => {
    for (const { property, isAscending } of sort) {
      const [x, y] = [sortKey(a, property), sortKey(b, property)]
      if (x !== y) return x < y === isAscending ? -1 : 1
    }
    return a.id < b.id ? 1 : -1
  })
  const ids: string[] = found.map(({ id }) => id)
  return { queryState, canCalculateChanges: false, ...windowOf(args, ids, call.limits.jmapObjectsInGet) }
}

export async function submissionQueryChanges(_call: Call, given: Record<string, unknown>): Promise<never> {
  readArguments(given, QUERY_CHANGES_ARGS)
  throw new MethodError('cannotCalculateChanges')
}

function sortKey({ emailId, threadId, sendAt }: Submission, property: string): string | number {
  return property === 'emailId' ? emailId : property === 'threadId' ? threadId : sendAt
}

function readCondition(given: Record<string, unknown>): Test<Submission> {
  return every(
    Object.entries(given).map(([name, value]): Test<Submission> => {
      switch (name) {
        case 'identityIds':
        case 'emailIds':
        case 'threadIds': {
          if (!Array.isArray(value)) throw invalidArguments(`${name} is to be a list of ids.`, 'filter')
          const ids = new Set<unknown>(value)
          const property = name.slice(0, -1) as 'identityId' | 'emailId' | 'threadId'
          return (submission) => ids.has(submission[property])
        }
        case 'undoStatus':
          return ({ state }) => UNDO_STATUS[state] === value
        case 'before': {
          const before = utcDate(value, 'filter')
          return ({ sendAt }) => sendAt < before
        }
        case 'after': {
          const after = utcDate(value, 'filter')
          return ({ sendAt }) => sendAt >= after
        }
        default:
          throw new MethodError('unsupportedFilter', `Nothing is found by ${name.slice(0, 100)}.`)
      }
    }),
  )
}
