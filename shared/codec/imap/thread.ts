/** THREAD (RFC 5256 §3, §4). */
import { ParseError } from '../parse-error.ts'
import { parseCriteria, type SearchKey } from './search.ts'
import type { Cursor } from './tokens.ts'

export interface ThreadArgs {
  algorithm: 'ORDEREDSUBJECT' | 'REFERENCES'
  criteria: SearchKey
}

/** Throws ParseError and Unsearchable. */
export function parseThread(args: Cursor): ThreadArgs {
  args.space()
  const algorithm = args.keyword()
  if (algorithm !== 'ORDEREDSUBJECT' && algorithm !== 'REFERENCES') throw new ParseError('No such threading algorithm')
  args.space()
  return { algorithm, criteria: parseCriteria(args, args.astring()) }
}

/** A message and what answers it; without a number a message that is missing, whose answers stand side by side. */
export interface ThreadNode {
  number?: number
  children: ThreadNode[]
}

/** `* THREAD (2)(3 6 (4 23)(44 7 96))`. */
export function formatThreads(threads: readonly ThreadNode[]): string {
  let text = threads.length === 0 ? '* THREAD' : '* THREAD '
  // A stack of our own instead of calls: how long people answer each other is theirs to say.
  const ahead: (ThreadNode | '(' | ')')[] = []
  const branch = (nodes: readonly ThreadNode[]) => {
    for (const node of nodes.toReversed()) ahead.push(')', node, '(')
  }
  branch(threads)
  while (ahead.length > 0) {
    const next = ahead.pop()!
    if (typeof next === 'string') {
      text += next
      continue
    }
    const { number, children } = next
    if (number !== undefined) text += children.length > 0 ? `${number} ` : number
    if (children.length === 1) ahead.push(children[0]!)
    else branch(children)
  }
  return `${text}\r\n`
}
