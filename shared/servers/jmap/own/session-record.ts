import { formatUtcDate } from '../arguments.ts'
import { answerGet, readGetArgs, requireKnown } from '../get.ts'
import { type Call, MethodError, SetError } from '../method.ts'
import { readSetArgs, SetOutcome, stateOfJson } from '../record-set.ts'

const PROPERTIES = ['id', 'createdAt', 'lastUsedAt', 'endsAt', 'userAgent', 'remoteAddress']

/** Session of this house: a browser that is signed in. */
export async function sessionGet(call: Call, given: Record<string, unknown>) {
  const args = readGetArgs(call, given)
  requireKnown(args.properties, PROPERTIES)
  const records = await recordsOf(call)
  return answerGet(records, args, stateOfJson([...records.keys()]))
}

/** Ends sessions; they begin at /auth/sign-in alone. */
export async function sessionSet(call: Call, given: Record<string, unknown>) {
  if (call.account.byAppPassword) throw new MethodError('forbidden', 'This takes the account’s own password.')
  const { ifInState, create, update, destroy } = readSetArgs(call, given)
  const before = await recordsOf(call)
  const oldState = stateOfJson([...before.keys()])
  if (ifInState !== undefined && ifInState !== oldState) throw new MethodError('stateMismatch')
  const outcome = new SetOutcome()
  const refuse = () => {
    throw new SetError('forbidden', 'A session can only be ended.')
  }
  await outcome.each(create.keys(), outcome.notCreated, refuse)
  await outcome.each(update.keys(), outcome.notUpdated, refuse)
  await outcome.each(destroy, outcome.notDestroyed, async (id) => {
    if (!before.has(id) || !(await call.tenant.sessions.remove(call.account.id, id))) throw new SetError('notFound')
    outcome.destroyed.push(id)
  })
  return outcome.answer(oldState, stateOfJson([...(await recordsOf(call)).keys()]))
}

async function recordsOf({ tenant, account, limits }: Call): Promise<Map<string, Record<string, unknown>>> {
  const all = await tenant.sessions.list(account.id, limits)
  return new Map(
    all.map(({ id, createdAt, lastUsedAt, endsAt, userAgent, remoteAddress }) => {
      const times = { createdAt, lastUsedAt, endsAt: Math.min(endsAt, lastUsedAt + limits.sessionIdleMs) }
      const shown = Object.entries(times).map(([name, time]) => [name, formatUtcDate(time)])
      return [id, { id, ...Object.fromEntries(shown), userAgent, remoteAddress }]
    }),
  )
}
