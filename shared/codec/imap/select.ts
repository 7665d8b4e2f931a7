/** SELECT and EXAMINE (RFC 9051 §6.3.2) with CONDSTORE and QRESYNC (RFC 7162 §3.1.8, §3.2.5). */
import { ParseError } from '../parse-error.ts'
import type { SequenceSet } from './sequence-set.ts'
import type { Cursor } from './tokens.ts'

type NumberSet = Exclude<SequenceSet, '$'>

export interface QresyncArgs {
  uidvalidity: number
  modseq: number
  /** The UIDs the client holds; absent: all of them. */
  knownUids?: NumberSet
  /** Message numbers and the UIDs they had, pairwise, so that the server can tell where the client's view is still right. */
  match?: { numbers: NumberSet; uids: NumberSet }
}

export interface SelectArgs {
  mailbox: string
  condstore: boolean
  qresync?: QresyncArgs
}

export function parseSelect(args: Cursor): SelectArgs {
  args.space()
  const parsed: SelectArgs = { mailbox: args.mailbox(), condstore: false }
  if (args.skip(' ')) args.list(() => parseParameter(args, parsed))
  args.end()
  return parsed
}

function parseParameter(args: Cursor, parsed: SelectArgs): void {
  const name = args.keyword()
  if (name === 'CONDSTORE') parsed.condstore = true
  else if (name === 'QRESYNC') {
    args.space()
    parsed.qresync = parseQresync(args)
  } else throw new ParseError('No such SELECT parameter')
}

function parseQresync(args: Cursor): QresyncArgs {
  args.expect('(')
  const uidvalidity = args.nzNumber()
  args.space()
  const parsed: QresyncArgs = { uidvalidity, modseq: args.modseq() }
  if (args.skip(' ')) {
    if (args.peek() !== '(') parsed.knownUids = knownSet(args)
    if (args.peek() === '(' || args.skip(' ')) {
      args.expect('(')
      const numbers = knownSet(args)
      args.space()
      parsed.match = { numbers, uids: knownSet(args) }
      args.expect(')')
    }
  }
  args.expect(')')
  return parsed
}

/** Numbers the client holds: neither `*` nor `$` says any (RFC 7162 §7). */
function knownSet(args: Cursor): NumberSet {
  const set = args.sequenceSet()
  if (set === '$' || set.some(([a, b]) => a + b === Number.POSITIVE_INFINITY)) throw new ParseError('No * or $ here')
  return set
}
