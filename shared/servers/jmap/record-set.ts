import { createHash } from 'node:crypto'
import { id, isObject, listOf, mapOf, object, optional, readArguments, text } from './arguments.ts'
import { resolveId } from './get.ts'
import { setErrorOf } from './mail-errors.ts'
import { type Call, invalidProperties, MethodError, SetError } from './method.ts'
import { stateOfRecords } from './record-state.ts'
import { readPatch } from './set.ts'

type JsonObject = Record<string, unknown>

/** A type whose records are few, and are kept together. */
export interface RecordType<T> {
  /** All there are, in their order, and what `save` must find unchanged. */
  read(call: Call): Promise<{ records: ReadonlyMap<string, T>; version: number }>
  /** As clients see it; with its id. */
  show(record: T): JsonObject
  /** What a client gave, as a record; throws SetError. `before` is what it was. */
  parse(call: Call, given: JsonObject, before: T | undefined): Promise<T> | T
  /** The order in which they are kept. */
  arrange?(records: readonly T[]): T[]
  /** Throws SetError where it must not go. */
  requireDestroyable?(record: T): void
  /** False where somebody else was first. Throws MethodError 'requestTooLarge' where they are too much together. */
  save(call: Call, records: ReadonlyMap<string, T>, version: number): Promise<boolean>
  /** What a client need not give. */
  defaults: JsonObject
  most: number
  /** No client may make or destroy one (RFC 8620 §5.3). */
  singleton?: true
}

export interface SetArgs {
  ifInState: string | undefined
  create: ReadonlyMap<string, JsonObject>
  update: ReadonlyMap<string, JsonObject>
  destroy: readonly string[]
}

export const SET_ARGS = {
  ifInState: optional(text),
  create: optional(mapOf(object)),
  update: optional(mapOf(object)),
  destroy: optional(listOf(id)),
}

/** What every /set is asked (RFC 8620 §5.3). */
export function readSetArgs(call: Call, args: JsonObject): SetArgs {
  return toSetArgs(call, readArguments(args, SET_ARGS))
}

export function toSetArgs(
  call: Call,
  read: {
    ifInState: string | undefined
    create: Map<string, JsonObject> | undefined
    update: Map<string, JsonObject> | undefined
    destroy: string[] | undefined
  },
): SetArgs {
  const { ifInState, create = new Map(), update = new Map(), destroy = [] } = read
  const most = call.limits.jmapObjectsInSet
  if (create.size + update.size + destroy.length > most) {
    throw new MethodError('requestTooLarge', `At most ${most} at once.`)
  }
  return {
    ifInState,
    create,
    update: new Map([...update].map(([one, patch]) => [resolveId(call, one), patch])),
    destroy: [...new Set(destroy.map((one) => resolveId(call, one)))],
  }
}

export interface SetAnswer {
  oldState: string
  newState: string
  created: Record<string, JsonObject> | null
  updated: Record<string, JsonObject | null> | null
  destroyed: string[] | null
  notCreated: Record<string, unknown> | null
  notUpdated: Record<string, unknown> | null
  notDestroyed: Record<string, unknown> | null
}

/** Gathers what becomes of each record of a /set. */
export class SetOutcome {
  readonly created = new Map<string, JsonObject>()
  readonly updated = new Map<string, JsonObject | null>()
  readonly destroyed: string[] = []
  readonly notCreated = new Map<string, unknown>()
  readonly notUpdated = new Map<string, unknown>()
  readonly notDestroyed = new Map<string, unknown>()

  async each(names: Iterable<string>, failed: Map<string, unknown>, work: (name: string) => Promise<void> | void) {
    for (const name of names) {
      try {
        await work(name)
      } catch (error) {
        failed.set(name, setErrorOf(error))
      }
    }
  }

  answer(oldState: string, newState: string): SetAnswer & JsonObject {
    const { destroyed } = this
    const shown = <T>(map: ReadonlyMap<string, T>) => (map.size === 0 ? null : Object.fromEntries(map))
    return {
      oldState,
      newState,
      created: shown(this.created),
      updated: shown(this.updated),
      destroyed: destroyed.length === 0 ? null : [...destroyed],
      notCreated: shown(this.notCreated),
      notUpdated: shown(this.notUpdated),
      notDestroyed: shown(this.notDestroyed),
    }
  }
}

const ATTEMPTS = 5

/** A /set whose records are saved together; done again where somebody else saved meanwhile. */
export async function setRecords<T>(call: Call, type: RecordType<T>, given: JsonObject) {
  const args = readSetArgs(call, given)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { records, version } = await type.read(call)
    const oldState = stateOfRecords(showAll(type, records))
    if (args.ifInState !== undefined && args.ifInState !== oldState) throw new MethodError('stateMismatch')
    const working = new Map(records)
    const outcome = await changed(call, type, args, working)
    const after = arranged(type, working)
    const newState = stateOfRecords(showAll(type, after))
    if (newState === oldState || (await type.save(call, after, version))) {
      for (const [creation, record] of outcome.created) call.createdIds.set(creation, record['id'] as string)
      return outcome.answer(oldState, newState)
    }
  }
  throw new MethodError('serverUnavailable', 'Others are changing the same; try again.')
}

function arranged<T>({ arrange, show }: RecordType<T>, records: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  if (arrange === undefined) return records
  return new Map(arrange([...records.values()]).map((record) => [show(record)['id'] as string, record]))
}

async function changed<T>(
  call: Call,
  type: RecordType<T>,
  args: SetArgs,
  records: Map<string, T>,
): Promise<SetOutcome> {
  const outcome = new SetOutcome()
  const { create, update, destroy } = args
  await outcome.each(create.keys(), outcome.notCreated, async (creation) => {
    if (type.singleton) throw new SetError('singleton')
    if (records.size >= type.most) throw new SetError('overQuota', `There are at most ${type.most}.`)
    const wanted = create.get(creation)!
    if (Object.hasOwn(wanted, 'id')) throw invalidProperties("The id is the server's to give.", 'id')
    const newId = call.store.engine.ids.nonce()
    const record = await type.parse(call, { ...structuredClone(type.defaults), ...wanted, id: newId }, undefined)
    const shown = type.show(record)
    const recordId = shown['id'] as string
    records.set(recordId, record)
    const told = Object.entries(shown).filter(([name]) => !Object.hasOwn(wanted, name))
    outcome.created.set(creation, Object.fromEntries(told))
  })
  await outcome.each(update.keys(), outcome.notUpdated, async (one) => {
    const before = records.get(one)
    if (before === undefined) throw new SetError('notFound')
    if (destroy.includes(one)) throw new SetError('willDestroy')
    const patched = applyPatch(type.show(before), update.get(one)!, type.defaults)
    if (patched['id'] !== one) throw invalidProperties('The id stays.', 'id')
    records.set(one, await type.parse(call, patched, before))
    outcome.updated.set(one, null)
  })
  await outcome.each(destroy, outcome.notDestroyed, (one) => {
    const before = records.get(one)
    if (type.singleton) throw new SetError('singleton')
    if (before === undefined) throw new SetError('notFound')
    type.requireDestroyable?.(before)
    records.delete(one)
    outcome.destroyed.push(one)
  })
  return outcome
}

/** A PatchObject (RFC 8620 §5.3): null sets a property to its default, or takes a member away. Throws SetError 'invalidPatch'. */
export function applyPatch(object: JsonObject, patch: JsonObject, defaults: JsonObject): JsonObject {
  const patched = structuredClone(object)
  for (const { path, value } of readPatch(patch)) {
    const tokens = path.slice(0, -1)
    const last = path.at(-1)!
    let at: unknown = patched
    for (const token of tokens) at = isObject(at) && Object.hasOwn(at, token) ? at[token] : undefined
    if (!isObject(at)) throw new SetError('invalidPatch', `There is nothing at ${path.join('/').slice(0, 100)}.`)
    if (value !== null) Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true })
    else if (tokens.length === 0) at[last] = Object.hasOwn(defaults, last) ? structuredClone(defaults[last]) : null
    else delete at[last]
  }
  return patched
}

export function showAll<T>(type: RecordType<T>, records: ReadonlyMap<string, T>): Map<string, JsonObject> {
  return new Map([...records].map(([id, record]) => [id, type.show(record)]))
}

export function stateOfJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)
}
