import { isId, isObject, listOf, mapOf, object, optional, type Reader, readArguments, text } from './arguments.ts'
import { resolveId } from './get.ts'
import { setErrorOf } from './mail-errors.ts'
import { type Call, invalidArguments, MethodError, SetError } from './method.ts'

export const SET_ARGS = {
  ifInState: optional(text),
  create: optional(mapOf(object)),
  update: optional(mapOf(object)),
  destroy: optional(listOf(text)),
}

export interface SetArgs {
  ifInState: string | undefined
  create: Map<string, Record<string, unknown>>
  update: Map<string, Record<string, unknown>>
  destroy: string[]
}

/** The arguments of a /set (RFC 8620 §5.3), references to what was created before resolved. Throws MethodError 'requestTooLarge', 'stateMismatch'. */
export function readSetArgs<More extends Record<string, Reader<unknown>>>(
  call: Call,
  given: Record<string, unknown>,
  state: string,
  more: More = {} as More,
) {
  const args = readArguments(given, { ...SET_ARGS, ...more })
  const read: SetArgs = {
    ifInState: args.ifInState as string | undefined,
    create: (args.create as SetArgs['create'] | undefined) ?? new Map(),
    update: new Map(
      [...((args.update as SetArgs['update'] | undefined) ?? [])].map(([id, patch]) => [resolveId(call, id), patch]),
    ),
    destroy: [...new Set(((args.destroy as string[] | undefined) ?? []).map((id) => resolveId(call, id)))],
  }
  requireSetSize(call, read.create.size + read.update.size + read.destroy.length)
  requireState(read.ifInState, state)
  for (const id of read.create.keys()) if (!isId(id)) throw invalidArguments('A creation id is an id.', 'create')
  return { ...args, ...read }
}

export function requireSetSize({ limits }: Call, records: number): void {
  if (records > limits.jmapObjectsInSet) {
    throw new MethodError('requestTooLarge', `At most ${limits.jmapObjectsInSet} at once.`)
  }
}

export function requireState(ifInState: string | undefined, state: string): void {
  if (ifInState !== undefined && ifInState !== state) throw new MethodError('stateMismatch')
}

/** Gathers what became of the records of a /set. */
export class SetOutcome {
  readonly created = new Map<string, Record<string, unknown>>()
  readonly updated = new Map<string, Record<string, unknown> | null>()
  readonly destroyed: string[] = []
  readonly #failed = { create: new Map(), update: new Map(), destroy: new Map() } as Record<
    'create' | 'update' | 'destroy',
    Map<string, Record<string, unknown>>
  >

  /** Notes why a record was left alone. An error that is not about the record is thrown on. */
  fail(what: 'create' | 'update' | 'destroy', id: string, error: unknown): void {
    this.#failed[what].set(id, setErrorOf(error))
  }

  hasFailed(what: 'create' | 'update' | 'destroy', id: string): boolean {
    return this.#failed[what].has(id)
  }

  answer(oldState: string, newState: string): Record<string, unknown> {
    return {
      oldState,
      newState,
      created: orNull(this.created),
      updated: orNull(this.updated),
      destroyed: this.destroyed.length === 0 ? null : this.destroyed,
      notCreated: orNull(this.#failed.create),
      notUpdated: orNull(this.#failed.update),
      notDestroyed: orNull(this.#failed.destroy),
    }
  }
}

export function orNull(map: ReadonlyMap<string, unknown>): Record<string, unknown> | null {
  return map.size === 0 ? null : Object.fromEntries(map)
}

/** One path of a PatchObject (RFC 8620 §5.3), its tokens unescaped. */
export interface PatchPath {
  path: string[]
  value: unknown
}

/** Of one path: no property of ours is deeper. */
const MOST_PATH_LEVELS = 20

/** Throws SetError 'invalidPatch' where one path is within another. Linear in the patch's length. */
export function readPatch(patch: Record<string, unknown>): PatchPath[] {
  return Object.entries(patch).map(([key, value]) => {
    const tokens = key.split('/', MOST_PATH_LEVELS + 1)
    if (tokens.length > MOST_PATH_LEVELS) throw new SetError('invalidPatch', 'A path leads too deep.')
    for (let end = key.indexOf('/'); end >= 0; end = key.indexOf('/', end + 1)) {
      if (Object.hasOwn(patch, key.slice(0, end))) {
        throw new SetError('invalidPatch', `${key.slice(0, 100)} is within another path.`)
      }
    }
    return { path: tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')), value }
  })
}

/** A set of names, as JMAP writes it: an object whose values are all true. Undefined where it is none. */
export function readNameSet(value: unknown): string[] | undefined {
  if (!isObject(value)) return undefined
  return Object.values(value).every((one) => one === true) ? Object.keys(value) : undefined
}
