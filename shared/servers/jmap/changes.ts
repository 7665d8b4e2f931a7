import { optional, type Reader, readArguments, text, unsigned } from './arguments.ts'
import { invalidArguments } from './method.ts'
import { formatProgress, parseProgress } from './state.ts'

/** What became others between a state and now, by id; each id is in one list. */
export interface Diff {
  created: string[]
  updated: string[]
  destroyed: string[]
}

const positive: Reader<number> = (value, name) => {
  const number = unsigned(value, name)
  if (number === 0) throw invalidArguments(`${name} is to be greater than 0.`, name)
  return number
}

export interface ChangesArgs {
  sinceState: string
  maxChanges: number | undefined
}

export function readChangesArgs(args: Record<string, unknown>): ChangesArgs {
  return readArguments(args, { sinceState: text, maxChanges: optional(positive) })
}

/**
 * The answer of a /changes (RFC 8620 §5.2). `diff` tells what changed since a whole state; what does not fit comes with the next call, which
 * begins from an intermediate state.
 */
export function answerChanges({ sinceState, maxChanges }: ChangesArgs, now: string, diff: (since: string) => Diff) {
  const { since, target = now, told = '' } = parseProgress(sinceState)
  const all = diff(since)
  const left = [...all.created, ...all.updated, ...all.destroyed].filter((id) => id > told).sort()
  const page = new Set(left.slice(0, maxChanges))
  const whole = page.size === left.length
  const newState = whole ? target : formatProgress({ since, target, told: left[page.size - 1]! })
  const on = (ids: readonly string[]) => ids.filter((id) => page.has(id))
  return {
    oldState: sinceState,
    newState,
    hasMoreChanges: newState !== now,
    created: on(all.created),
    updated: on(all.updated),
    destroyed: on(all.destroyed),
  }
}
