import { id, listOf, optional, readArguments, text } from './arguments.ts'
import { type Call, invalidArguments, MethodError } from './method.ts'

export interface GetArgs {
  /** Undefined: all there are. */
  ids: string[] | undefined
  /** Undefined: all, or what the type has by default. */
  properties: string[] | undefined
}

/** What every /get is asked (RFC 8620 §5.1). References to what this request created are resolved; each id is named once. */
export function readGetArgs(call: Call, args: Record<string, unknown>): GetArgs {
  const read = readArguments(args, { ids: optional(listOf(id)), properties: optional(listOf(text)) })
  return { ids: read.ids && requestedIds(call, read.ids), properties: read.properties }
}

export function requestedIds(call: Call, ids: readonly string[]): string[] {
  const unique = [...new Set(ids.map((one) => resolveId(call, one)))]
  if (unique.length > call.limits.jmapObjectsInGet) {
    throw new MethodError('requestTooLarge', `At most ${call.limits.jmapObjectsInGet} at once.`)
  }
  return unique
}

/** `#creationId` as the id of what was created under it (RFC 8620 §5.3); one that is not known stays, and is nothing's. */
export function resolveId({ createdIds }: Pick<Call, 'createdIds'>, given: string): string {
  return given.startsWith('#') ? (createdIds.get(given.slice(1)) ?? given) : given
}

/** The object with `id` and the properties asked for alone. */
export function pick(object: Record<string, unknown>, properties: readonly string[] | undefined) {
  if (properties === undefined) return object
  const names = ['id', ...properties.filter((name) => name !== 'id')]
  return Object.fromEntries(names.map((name) => [name, object[name]]))
}

/** Throws MethodError 'invalidArguments' for a property that the type does not have. */
export function requireKnown(properties: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = properties?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalidArguments(`There is no property ${unknown.slice(0, 100)}.`, 'properties')
}

/** The answer of a /get whose records are all at hand. */
export function answerGet(
  records: ReadonlyMap<string, Record<string, unknown>>,
  { ids, properties }: GetArgs,
  state: string,
) {
  const wanted = ids ?? [...records.keys()]
  return {
    state,
    list: wanted.flatMap((one) => (records.has(one) ? [pick(records.get(one)!, properties)] : [])),
    notFound: wanted.filter((one) => !records.has(one)),
  }
}
