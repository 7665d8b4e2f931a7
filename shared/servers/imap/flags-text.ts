import { flagNames } from '../../mailbox/flags.ts'
import type { MessageTable } from '../../store/message-table.ts'
import type { SequenceView } from './sequence-view.ts'

/** The names of each set of system flags, as most messages have no others. */
const SYSTEM_NAMES = Array.from({ length: 32 }, (_, system) => flagNames({ system, keywords: [] }).join(' '))
const SYSTEM_TEXTS = SYSTEM_NAMES.map((names) => `(${names})`)

/** A message's flags as FETCH shows them, \Recent among them: `(\Seen $Forwarded)`. */
export function flagsText(view: SequenceView, table: MessageTable, row: number): string {
  const system = table.systemFlagsAt(row) & 31
  const recent = view.isRecent(table.uidAt(row))
  if (!recent && !table.hasKeywords(row)) return SYSTEM_TEXTS[system]!
  const words = [SYSTEM_NAMES[system]!, ...table.flagsAt(row).keywords, ...(recent ? ['\\Recent'] : [])]
  return `(${words.filter((word) => word !== '').join(' ')})`
}
