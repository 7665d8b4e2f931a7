/** Where an Email is and what it is marked with, as clients say it. */
import { resolveId } from '../get.ts'
import { type Call, invalidProperties } from '../method.ts'
import { type PatchPath, readNameSet } from '../set.ts'
import { isKeyword } from './keywords.ts'

/** `mailboxIds` as ids of mailboxes that there are. Throws SetError 'invalidProperties'. */
export function readMailboxIds(call: Call, value: unknown): string[] {
  const names = readNameSet(value)
  if (names === undefined || names.length === 0) {
    throw invalidProperties('An Email is in one Mailbox at least.', 'mailboxIds')
  }
  return requireFolders(call, names)
}

export function requireFolders(call: Call, ids: readonly string[]): string[] {
  const resolved = [...new Set(ids.map((id) => resolveId(call, id)))]
  for (const id of resolved) {
    if (call.mail.folder(id) === undefined)
      throw invalidProperties(`There is no Mailbox ${id.slice(0, 100)}.`, 'mailboxIds')
  }
  return resolved
}

/** In lower case. Throws SetError 'invalidProperties'. */
export function readKeywords(value: unknown): string[] {
  const names = readNameSet(value)
  if (names === undefined || !names.every(isKeyword)) {
    throw invalidProperties('Keywords are a map of keywords to true.', 'keywords')
  }
  return [...new Set(names.map((name) => name.toLowerCase()))]
}

/** What an update asks of an Email that has these keywords and Mailboxes. */
export interface Placement {
  keywords: ReadonlySet<string>
  mailboxIds: ReadonlySet<string>
}

/** Throws SetError 'invalidProperties', 'invalidPatch'. */
export function patchPlacement(
  call: Call,
  before: Placement,
  patch: readonly PatchPath[],
  immutable: Record<string, unknown>,
): Placement {
  let keywords = new Set(before.keywords)
  let mailboxIds = new Set(before.mailboxIds)
  for (const { path, value } of patch) {
    const [property = '', name, ...deeper] = path
    const whole = name === undefined
    // Its value in a set is true (RFC 8621 §4.1.1); the crate jmap-client says false where one is to go.
    if (deeper.length > 0 || (!whole && value !== null && typeof value !== 'boolean')) {
      throw invalidProperties('A member of a set is true, or null where it goes.', path.join('/'))
    }
    if (property === 'keywords') {
      if (whole) keywords = new Set(readKeywords(value))
      else toggle(keywords, readKeywords({ [name]: true })[0]!, value === true)
    } else if (property === 'mailboxIds') {
      if (whole) mailboxIds = new Set(readMailboxIds(call, value))
      else if (value === null) mailboxIds.delete(resolveId(call, name))
      else mailboxIds.add(requireFolders(call, [name])[0]!)
    } else if (!whole || !(property in immutable) || immutable[property] !== value) {
      // What is sent back as it is may stay as it is (RFC 8620 §5.3).
      throw invalidProperties(`${path.join('/').slice(0, 100)} cannot be changed.`, path.join('/'))
    }
  }
  if (mailboxIds.size === 0) throw invalidProperties('An Email is in one Mailbox at least.', 'mailboxIds')
  return { keywords, mailboxIds }
}

function toggle(set: Set<string>, name: string, wanted: boolean): void {
  if (wanted) set.add(name)
  else set.delete(name)
}
