import { readChangesArgs } from './changes.ts'
import { answerGet, readGetArgs, requireKnown } from './get.ts'
import type { Call } from './method.ts'
import { type RecordType, stateOf } from './record-set.ts'
import { unknownState } from './state.ts'

/** A /get of a type whose records are few. */
export async function getRecords<T>(call: Call, type: RecordType<T>, given: Record<string, unknown>) {
  const args = readGetArgs(call, given)
  requireKnown(args.properties, ['id', ...Object.keys(type.defaults)])
  const { records } = await type.read(call)
  const shown = new Map([...records].map(([id, record]) => [id, type.show(record)]))
  return answerGet(shown, args, stateOf(type, records))
}

/** Their /changes: only that nothing changed is known (RFC 8620 §5.2). Throws MethodError 'cannotCalculateChanges'. */
export async function changesOfRecords<T>(call: Call, type: RecordType<T>, given: Record<string, unknown>) {
  const { records } = await type.read(call)
  return noChanges(readChangesArgs(given).sinceState, stateOf(type, records))
}

export function noChanges(oldState: string, newState: string) {
  if (oldState !== newState) throw unknownState()
  return { oldState, newState, hasMoreChanges: false, created: [], updated: [], destroyed: [] }
}
