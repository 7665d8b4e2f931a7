import { answerChanges, readChangesArgs } from './changes.ts'
import { answerGet, readGetArgs, requireKnown } from './get.ts'
import type { Call } from './method.ts'
import { type RecordType, showAll } from './record-set.ts'
import { recordsChangedSince, stateOfRecords } from './record-state.ts'

/** A /get of a type whose records are few. */
export async function getRecords<T>(call: Call, type: RecordType<T>, given: Record<string, unknown>) {
  const args = readGetArgs(call, given)
  requireKnown(args.properties, ['id', ...Object.keys(type.defaults)])
  const { records } = await type.read(call)
  const shown = showAll(type, records)
  return answerGet(shown, args, stateOfRecords(shown))
}

/** Their /changes (RFC 8620 §5.2). Throws MethodError 'cannotCalculateChanges'. */
export async function changesOfRecords<T>(call: Call, type: RecordType<T>, given: Record<string, unknown>) {
  const { records } = await type.read(call)
  return answerRecordChanges(showAll(type, records), given)
}

/** The same of records as clients see them. */
export function answerRecordChanges(shown: ReadonlyMap<string, unknown>, given: Record<string, unknown>) {
  return answerChanges(readChangesArgs(given), stateOfRecords(shown), (since) => recordsChangedSince(shown, since))
}
