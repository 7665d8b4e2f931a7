import { createHash } from 'node:crypto'
import type { Diff } from './changes.ts'
import { unknownState } from './state.ts'

const ENTRY = /^([A-Za-z0-9_-]{1,80})~([A-Za-z0-9_-]{8})$/
/** Where there is nothing, a state is to be a text, too. */
const NONE = 'none'

/** The state of records that are few: of each its id and a hash of what it is. It needs no history to be compared. */
export function stateOfRecords(records: ReadonlyMap<string, unknown>): string {
  const entries = [...records].map(([id, record]) => `${id}~${hashOf(record)}`).sort()
  return entries.length === 0 ? NONE : entries.join(',')
}

/** What became of them since the state. Throws MethodError 'cannotCalculateChanges'. */
export function recordsChangedSince(records: ReadonlyMap<string, unknown>, state: string): Diff {
  const before = parseState(state)
  return {
    created: [...records.keys()].filter((id) => !before.has(id)),
    updated: [...records].flatMap(([id, record]) => {
      const known = before.get(id)
      return known === undefined || known === hashOf(record) ? [] : [id]
    }),
    destroyed: [...before.keys()].filter((id) => !records.has(id)),
  }
}

function parseState(state: string): Map<string, string> {
  const known = new Map<string, string>()
  for (const entry of state === NONE ? [] : state.split(',')) {
    const [, id, hash] = ENTRY.exec(entry) ?? []
    if (id === undefined) throw unknownState()
    known.set(id, hash!)
  }
  return known
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8)
}
