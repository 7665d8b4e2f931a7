import type { ContentId, ThreadId } from '../../../mailbox/ids.ts'
import type { VisibleChanges } from '../../../store/replica.ts'
import type { AccountMail } from '../account-mail.ts'
import { packVector, parseProgress, unknownState, unpackVector, vectorTag } from '../state.ts'
import type { Copy, Folder } from './email-index.ts'

/** An Email that is not what it was. */
export interface ChangedEmail {
  id: ContentId
  thread: ThreadId
  change: 'created' | 'updated' | 'destroyed'
  /** Its copies became others, and not only what is said of them. */
  moved: boolean
}

/** The state of all Emails, and of their Threads: the newest MODSEQ of every mailbox. */
export function emailState(mail: AccountMail): string {
  mail.absorb()
  return mail.derive('emailState', () => packVector(new Map(mail.folders.map(({ id, modseq }) => [id, modseq]))))
}

/**
 * To be awaited before `emailChangesSince` is asked of a client's state: replicas that have rested since remember again, as far as the
 * journal's tail goes. Throws MethodError 'cannotCalculateChanges'.
 */
export async function recallChanges(mail: AccountMail, sinceState: string): Promise<void> {
  const { since, target } = parseProgress(sinceState)
  const vectors = [since, ...(target === undefined ? [] : [target])].map(unpackVector)
  const forgetful = mail.folders.filter(({ id, replica }) =>
    vectors.some((vector) => {
      const modseq = vector.get(vectorTag(id))
      return modseq !== undefined && modseq < replica.modseq && !replica.remembers(modseq)
    }),
  )
  await Promise.all(forgetful.map(({ replica }) => replica.recall()))
}

/** What a mailbox was at the state that is asked about. */
interface Then {
  /** Messages with lower UIDs were there. */
  uidNext: number
  /** Whether the first thing that happened to a message since was that it came into view. */
  shown: ReadonlyMap<number, boolean>
}

/**
 * What became of the account's Emails since the state. Worked out of what each mailbox's replica remembers, so that a state of any
 * process will do. Throws MethodError 'cannotCalculateChanges'.
 */
export function emailChangesSince(mail: AccountMail, state: string): ChangedEmail[] {
  mail.absorb()
  const vector = unpackVector(state)
  const touched = new Map<ContentId, { thread: ThreadId; moved: boolean; wasThere: boolean }>()
  const touch = (id: ContentId, thread: ThreadId, moved: boolean, wasThere = false) => {
    const known = touched.get(id)
    if (known === undefined) touched.set(id, { thread, moved, wasThere })
    else {
      known.moved ||= moved
      known.wasThere ||= wasThere
    }
  }
  const then = new Map<Folder, Then>()
  for (const folder of [...mail.folders, ...mail.removedFolders]) {
    const tag = vectorTag(folder.id)
    const modseq = vector.get(tag)
    vector.delete(tag)
    const gone = !mail.folders.includes(folder)
    if (gone && modseq === undefined) continue
    if (!gone && modseq === folder.modseq) {
      then.set(folder, { uidNext: Number.POSITIVE_INFINITY, shown: new Map() })
      continue
    }
    then.set(folder, readFolder(folder, modseq, gone, touch))
  }
  // A mailbox that is gone, and that this process never knew.
  if (vector.size > 0) throw unknownState()
  return [...touched].flatMap(([id, { thread, moved, wasThere }]): ChangedEmail[] => {
    const number = mail.emails.numberOf(id)
    const stood = number !== undefined && mail.emails.copiesOf(number).some((copy) => stoodThen(copy, then))
    if (number === undefined) return wasThere ? [{ id, thread, change: 'destroyed', moved }] : []
    return [{ id, thread, change: wasThere || stood ? 'updated' : 'created', moved }]
  })
}

function stoodThen({ folder, uid }: Copy, then: ReadonlyMap<Folder, Then>): boolean {
  const { uidNext = 0, shown } = then.get(folder) ?? {}
  return uid < uidNext && shown?.get(uid) !== true
}

function readFolder(
  folder: Folder,
  modseq: number | undefined,
  gone: boolean,
  touch: (id: ContentId, thread: ThreadId, moved: boolean, wasThere?: boolean) => void,
): Then {
  const { messages } = folder.replica
  const changes: VisibleChanges | undefined =
    modseq === undefined ? undefined : folder.replica.visibleChangesSince(modseq)
  if (modseq !== undefined && (changes === undefined || modseq > folder.replica.modseq)) throw unknownState()
  const shown = new Map<number, boolean>()
  const uidNext = changes?.uidNext ?? 0
  for (const { uid, visible, content, thread } of changes?.turns ?? []) {
    if (uid >= uidNext) continue // it came and went since
    const first = !shown.has(uid)
    if (first) shown.set(uid, visible)
    touch(content, thread, true, first && !visible)
  }
  const touchRow = (row: number | undefined, moved: boolean, wasThere = false) => {
    if (row === undefined || (messages.isDeleted(row) && !wasThere)) return
    touch(messages.contentAt(row), messages.threadAt(row), moved, wasThere)
  }
  if (gone || changes === undefined) {
    for (let row = 0; row < messages.count; row += 1) {
      const uid = messages.uidAt(row)
      const stood = gone && uid < uidNext && (shown.get(uid) === undefined ? !messages.isDeleted(row) : !shown.get(uid))
      touchRow(row, true, stood)
    }
  } else {
    for (const uid of changes.appended) touchRow(messages.rowOf(uid), true)
    for (const uid of changes.flagged) touchRow(messages.rowOf(uid), false)
  }
  return { uidNext, shown }
}
