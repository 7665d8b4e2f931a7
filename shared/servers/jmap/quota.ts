import { usageOf } from '../../flows/mailboxes/quota.ts'
import { readArguments } from './arguments.ts'
import { answerGet, readGetArgs, requireKnown } from './get.ts'
import { type Call, invalidArguments, MethodError } from './method.ts'
import { QUERY_ARGS, QUERY_CHANGES_ARGS, readFilter, readSort, windowOf } from './query.ts'
import { answerRecordChanges } from './record-get.ts'
import { stateOfRecords } from './record-state.ts'

interface Quota extends Record<string, unknown> {
  id: string
  resourceType: 'octets'
  used: number
  hardLimit: number
  warnLimit: number
  scope: 'account'
  name: string
  types: readonly string[]
  softLimit: null
  description: string | null
}

const STORAGE = 'storage'
const PROPERTIES = [
  'id',
  'resourceType',
  'used',
  'hardLimit',
  'warnLimit',
  'scope',
  'name',
  'types',
  'softLimit',
  'description',
]
const FILTERS: Readonly<Record<string, 'name' | 'scope' | 'resourceType' | 'types'>> = {
  name: 'name',
  scope: 'scope',
  resourceType: 'resourceType',
  type: 'types',
}
/** Part of the limit at which a client may begin to tell its user. */
const WARNED_AT = 0.9

/** Quotas (RFC 9425): what the account's messages take, where it has a limit; none where it has none. */
async function quotasOf({ tenant, account }: Call): Promise<Map<string, Quota>> {
  const { quotaOctets } = account
  if (quotaOctets === undefined) return new Map()
  const { sizeOctets } = await usageOf(tenant, account.id)
  const quota: Quota = {
    id: STORAGE,
    resourceType: 'octets',
    used: sizeOctets,
    hardLimit: quotaOctets,
    warnLimit: Math.floor(quotaOctets * WARNED_AT),
    scope: 'account',
    name: 'Storage',
    types: ['Mail'],
    softLimit: null,
    description: null,
  }
  return new Map([[STORAGE, quota]])
}

export async function quotaGet(call: Call, given: Record<string, unknown>) {
  const args = readGetArgs(call, given)
  requireKnown(args.properties, PROPERTIES)
  const quotas = await quotasOf(call)
  return answerGet(quotas, args, stateOfRecords(quotas))
}

/** RFC 9425 §4.3: `updatedProperties` would be `used` alone, and what changed is one object. */
export async function quotaChanges(call: Call, given: Record<string, unknown>) {
  return { ...answerRecordChanges(await quotasOf(call), given), updatedProperties: null }
}

export async function quotaQuery(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, QUERY_ARGS)
  const test = readFilter<Quota>(args.filter, (condition) => {
    const wanted = Object.entries(condition).map(([name, value]) => {
      const property = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
      if (property === undefined)
        throw new MethodError('unsupportedFilter', `Nothing is found by ${name.slice(0, 100)}.`)
      if (typeof value !== 'string') throw invalidArguments(`${name} is to be a string.`, 'filter')
      return { property, value }
    })
    return (quota) => wanted.every(({ property, value }) => matches(quota, property, value))
  })
  readSort(args.sort, ['name', 'used'])
  const quotas = await quotasOf(call)
  const ids = [...quotas.values()].filter((quota) => test(quota) === true).map(({ id }) => id)
  const queryState = stateOfRecords(quotas)
  return { queryState, canCalculateChanges: false, ...windowOf(args, ids) }
}

export async function quotaQueryChanges(_call: Call, given: Record<string, unknown>): Promise<never> {
  readArguments(given, QUERY_CHANGES_ARGS)
  throw new MethodError('cannotCalculateChanges')
}

/** RFC 9425 §4.4: a name contains what is asked for; the others are it. */
function matches(quota: Quota, property: 'name' | 'scope' | 'resourceType' | 'types', value: string): boolean {
  if (property === 'name') return quota.name.toLowerCase().includes(value.toLowerCase())
  return property === 'types' ? quota.types.includes(value) : quota[property] === value
}
