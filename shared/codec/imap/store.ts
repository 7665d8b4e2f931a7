/** STORE (RFC 9051 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3). */
import { ParseError } from '../parse-error.ts'
import type { SequenceSet } from './sequence-set.ts'
import type { Cursor } from './tokens.ts'

export interface StoreArgs {
  messages: SequenceSet
  change: 'set' | 'add' | 'remove'
  flags: string[]
  silent: boolean
  /** Messages changed later than this MODSEQ are left as they are; 0 therefore names those with no MODSEQ at all. */
  unchangedSince?: number
}

const CHANGES: Record<string, StoreArgs['change']> = { '+': 'add', '-': 'remove' }

export function parseStore(args: Cursor): StoreArgs {
  args.space()
  const messages = args.sequenceSet()
  args.space()
  let unchangedSince: number | undefined
  if (args.peek() === '(') {
    args.list(() => {
      if (args.keyword() !== 'UNCHANGEDSINCE') throw new ParseError('No such STORE modifier')
      args.space()
      unchangedSince = args.modseq()
    })
    args.space()
  }
  const sign = args.peek()
  const change = CHANGES[sign] ?? 'set'
  if (change !== 'set') args.expect(sign)
  const name = args.name()
  if (name !== 'FLAGS' && name !== 'FLAGS.SILENT') throw new ParseError('Only FLAGS can be stored')
  args.space()
  const flags = args.peek() === '(' ? args.flagList() : parseBareFlags(args)
  args.end()
  const parsed: StoreArgs = { messages, change, flags, silent: name === 'FLAGS.SILENT' }
  return unchangedSince === undefined ? parsed : { ...parsed, unchangedSince }
}

/** The list may come without its parentheses (§9, store-att-flags). */
function parseBareFlags(args: Cursor): string[] {
  const flags = [args.flag()]
  while (args.skip(' ')) flags.push(args.flag())
  return flags
}
