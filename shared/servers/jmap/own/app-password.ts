import { formatUtcDate } from '../arguments.ts'
import { answerGet, readGetArgs, requireKnown } from '../get.ts'
import { type Call, MethodError, SetError } from '../method.ts'
import { lineProperty, requireProperties } from '../properties.ts'
import { readSetArgs, SetOutcome, stateOfJson } from '../record-set.ts'

const MOST_PASSWORDS = 100
const MOST_NAME = 100

/** AppPassword of this house: `id`, `name`, `createdAt`. */
export async function appPasswordGet(call: Call, given: Record<string, unknown>) {
  const args = readGetArgs(call, given)
  requireKnown(args.properties, ['id', 'name', 'createdAt'])
  const records = await recordsOf(call)
  return answerGet(records, args, stateOfJson([...records]))
}

/** Makes them, each with its `password`, which is shown here and never again; takes them back. A name stays as it is. */
export async function appPasswordSet(call: Call, given: Record<string, unknown>) {
  if (call.account.byAppPassword) throw new MethodError('forbidden', 'This takes the account’s own password.')
  const { ifInState, create, update, destroy } = readSetArgs(call, given)
  const { appPasswords } = call.tenant
  const before = await recordsOf(call)
  const oldState = stateOfJson([...before])
  if (ifInState !== undefined && ifInState !== oldState) throw new MethodError('stateMismatch')
  const outcome = new SetOutcome()
  await outcome.each(create.keys(), outcome.notCreated, async (creation) => {
    const wanted = create.get(creation)!
    requireProperties(wanted, ['name'])
    const name = lineProperty(wanted, 'name', MOST_NAME).trim()
    if (name === '') throw new SetError('invalidProperties', 'It needs a name.', { properties: ['name'] })
    if (before.size + outcome.created.size >= MOST_PASSWORDS) {
      throw new SetError('overQuota', `An account has at most ${MOST_PASSWORDS} app passwords.`)
    }
    const { id, createdAt, password } = await appPasswords.create(call.account.id, name)
    outcome.created.set(creation, { id, createdAt: formatUtcDate(createdAt), password })
    call.createdIds.set(creation, id)
  })
  await outcome.each(update.keys(), outcome.notUpdated, (id) => {
    throw before.has(id) ? new SetError('forbidden', 'It stays as it is; make another.') : new SetError('notFound')
  })
  await outcome.each(destroy, outcome.notDestroyed, async (id) => {
    if (!before.has(id) || !(await appPasswords.remove(call.account.id, id))) throw new SetError('notFound')
    outcome.destroyed.push(id)
  })
  return outcome.answer(oldState, stateOfJson([...(await recordsOf(call))]))
}

async function recordsOf({ tenant, account }: Call): Promise<Map<string, Record<string, unknown>>> {
  const all = await tenant.appPasswords.list(account.id)
  return new Map(all.map(({ id, name, createdAt }) => [id, { id, name, createdAt: formatUtcDate(createdAt) }]))
}
