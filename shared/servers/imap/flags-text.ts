import { flagNames } from '../../mailbox/flags.ts'
import type { MessageTable } from '../../store/message-table.ts'
import type { SequenceView } from './sequence-view.ts'

/** The names of each set of system flags, as most messages have no others. */
const SYSTEM_NAMES = Array.from({ length: 32 }, (_, system) => flagNames({ system, keywords: [] }).join(' '))

/** A message's flags as FETCH shows them, \Recent among them: `(\Seen $Forwarded)`. */
export function flagsText(view: SequenceView, table: MessageTable, row: number): string {
  const { system, keywords } = table.flagsAt(row)
  let text = SYSTEM_NAMES[system & 31]!
  if (keywords.length > 0) text += `${text === '' ? '' : ' '}${keywords.join(' ')}`
  if (view.isRecent(table.uidAt(row))) text += text === '' ? '\\Recent' : ' \\Recent'
  return `(${text})`
}
