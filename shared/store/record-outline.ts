import { type UidRanges, uidsIn } from '../codec/uid-ranges.ts'
import type { JournalRecord } from './journal-record.ts'

type Step = { kind: 'append'; count: number } | { kind: 'flags' | 'expunge'; uids: UidRanges }

/** Which messages a commit was about: what is worth remembering of a record that has been applied, whose messages weigh many times as much. */
export interface RecordOutline {
  modseq: number
  /** The mailbox's next UID before the commit. */
  uidNext: number
  steps: readonly Step[]
}

/** What happened in a mailbox after a MODSEQ. UIDs ascend and are each named once; one that is expunged is in no other list. */
export interface Changes {
  expunged: number[]
  /** Appended and still there. */
  appended: number[]
  /** There before, and their flags changed. */
  flagged: number[]
}

export function outlineOf({ modseq, changes, totals }: JournalRecord): RecordOutline {
  let { uidNext } = totals
  const steps: Step[] = []
  for (const change of changes) {
    if (change.kind === 'append') {
      uidNext -= change.messages.length
      steps.push({ kind: 'append', count: change.messages.length })
    } else if (change.kind !== 'recent') steps.push({ kind: change.kind, uids: change.uids })
  }
  return { modseq, uidNext, steps }
}

/** UIDs, ascending, of all that a run of commits expunged, also of what came in it. */
export function expungedBy(outlines: Iterable<RecordOutline>): number[] {
  const expunged: number[] = []
  for (const { steps } of outlines) {
    for (const step of steps) {
      if (step.kind === 'expunge') for (const uid of uidsIn(step.uids)) expunged.push(uid)
    }
  }
  return expunged.sort((a, b) => a - b)
}

/** What a run of commits comes to. */
export function collectChanges(outlines: Iterable<RecordOutline>): Changes {
  const appended = new Set<number>()
  const flagged = new Set<number>()
  const expunged = new Set<number>()
  for (const { uidNext, steps } of outlines) {
    let uid = uidNext
    for (const step of steps) {
      if (step.kind === 'append') for (let left = step.count; left > 0; left -= 1) appended.add(uid++)
      if (step.kind === 'flags')
        for (const changed of uidsIn(step.uids)) if (!appended.has(changed)) flagged.add(changed)
      if (step.kind === 'expunge') {
        for (const gone of uidsIn(step.uids)) {
          flagged.delete(gone)
          if (!appended.delete(gone)) expunged.add(gone)
        }
      }
    }
  }
  const ascending = (uids: Set<number>) => [...uids].sort((a, b) => a - b)
  return { expunged: ascending(expunged), appended: ascending(appended), flagged: ascending(flagged) }
}
