import type { FetchArgs, FetchItem } from '../../codec/imap/fetch.ts'
import { resolveSequenceSet } from '../../codec/imap/sequence-set.ts'
import { storeFlags } from '../../flows/mailboxes/store-flags.ts'
import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { SEEN } from '../../mailbox/flags.ts'
import type { Listing } from '../../store/listing.ts'
import type { SectionName } from '../../store/segment-codec.ts'
import { DisconnectedError } from '../connection.ts'
import { BodyBatches } from './body-batches.ts'
import type { ByUid } from './command-table.ts'
import { bad, type Done, no, ok } from './done.ts'
import { useCondstore } from './enable.ts'
import { type Fetching, type Piece, pieceOf } from './fetch-pieces.ts'
import { resolveMessages } from './messages.ts'
import { BrokenResponseError } from './output.ts'
import { Pacer } from './pacer.ts'
import { tellKeywords } from './report-changes.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'
import { tellVanished } from './vanished.ts'
import { listingsInOrder } from './views-in-order.ts'

/** Characters of one message's response, beyond which they are written on the way. */
const LONG_RESPONSE = 32 * 1024

/** FETCH and UID FETCH (RFC 9051 §6.4.5). Structure and flags come from the index, octets from the object by range. */
export async function fetch(session: Selected, args: FetchArgs & ByUid): Promise<Done> {
  const uid = args.uid === true
  if (args.changedSince !== undefined || args.items.some(({ item }) => item === 'MODSEQ')) useCondstore(session)
  let numbers = resolveMessages(session, args.messages, uid)
  const { changedSince } = args
  if (args.vanished && changedSince !== undefined) {
    if (!uid || !session.enabled.qresync) return bad('VANISHED is for UID FETCH with QRESYNC')
    const { uidNext } = session.view.replica.totals
    // UIDs of messages that are gone are named by nothing but the set itself.
    const uids = args.messages === '$' ? session.savedResult : resolveSequenceSet(args.messages, uidNext - 1)
    await tellVanished(session, uids, changedSince)
  }
  if (changedSince !== undefined) {
    numbers = numbers.filter((number) => {
      const { table, row } = session.view.at(number)
      return table.modseqAt(row) > changedSince
    })
  }
  if (args.items.some(({ item }) => item === 'FLAGS')) tellKeywords(session, session.view)
  const newlySeen = args.items.some(setsSeen) ? await markSeen(session, numbers) : new Set<number>()
  const bodies = new BodyBatches(session, numbers)
  const fetching: Fetching = { session, bodies, missing: false, unknownEncoding: false }
  const pieces = itemsToSend(args, uid).map((item) => pieceOf(item, fetching))
  const seenToo = newlySeen.size === 0 ? [] : itemsOfSeen(session, args, uid).map((item) => pieceOf(item, fetching))
  const withFlags = [...pieces, ...seenToo]

  const piecesFor = ({ table, row }: Place) => (newlySeen.has(table.uidAt(row)) ? withFlags : pieces)
  const sections = [...new Set(pieces.flatMap((piece) => piece.needs ?? []))]
  if (pieces.some(({ needs }) => needs !== undefined)) await eachListed(fetching, numbers, sections, piecesFor)
  else await each(fetching, numbers, piecesFor)
  if (fetching.unknownEncoding) return no('A part has an encoding that is not known', ['UNKNOWN-CTE'])
  return fetching.missing ? ok('FETCH completed; some messages are gone', ['EXPUNGEISSUED']) : ok('FETCH completed')
}

function itemsToSend({ items, changedSince }: FetchArgs, uid: boolean): FetchItem[] {
  const wanted = [...items]
  if (uid && !wanted.some(({ item }) => item === 'UID')) wanted.unshift({ item: 'UID' })
  // Asking for what changed is asking for the MODSEQ of the change (RFC 7162 §3.1.4.1).
  if (changedSince !== undefined && !wanted.some(({ item }) => item === 'MODSEQ')) wanted.push({ item: 'MODSEQ' })
  return wanted
}

/** Not asked for, but changed by the asking: FLAGS, and with CONDSTORE what comes with all flags that change (RFC 7162 §3.2.4). */
function itemsOfSeen({ enabled }: Selected, args: FetchArgs, uid: boolean): FetchItem[] {
  const asked = new Set(itemsToSend(args, uid).map(({ item }) => item))
  const told = enabled.condstore ? (['UID', 'FLAGS', 'MODSEQ'] as const) : (['FLAGS'] as const)
  return told.filter((item) => !asked.has(item)).map((item) => ({ item }))
}

function setsSeen(item: FetchItem): boolean {
  return (item.item === 'SECTION' || item.item === 'BINARY') && !item.peek
}

/** One commit for the whole command; returns the UIDs that were not \Seen, whose FLAGS the answer shows (RFC 9051 §6.4.5). */
async function markSeen({ view, store }: Selected, numbers: readonly number[]): Promise<Set<number>> {
  if (view.readOnly) return new Set()
  const unseen: number[] = []
  for (const number of numbers) {
    const { table, row, gone } = view.at(number)
    if (!gone && !table.isSeen(row)) unseen.push(table.uidAt(row))
  }
  if (unseen.length === 0) return new Set()
  try {
    const stored = await storeFlags(store, view.replica, unseen, 'add', { system: SEEN, keywords: [] })
    if (stored.changed) view.knowsFlagsOf(stored.modseq)
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    // Mail that cannot be marked can still be read.
    log.warn('seen-not-stored', { mailbox: view.replica.mailbox, error })
    return new Set()
  }
  return new Set(unseen)
}

/** What is sent of a message; those that become \Seen show their flags as well. */
type PiecesFor = (place: Place) => readonly Piece[]

async function each(fetching: Fetching, numbers: readonly number[], piecesFor: PiecesFor): Promise<void> {
  const { session } = fetching
  const { out, view } = session
  const pacer = new Pacer()
  for (const number of numbers) {
    const place = view.at(number)
    const sending = sendMessage(fetching, piecesFor(place), place, undefined)
    if (sending !== undefined) await sending
    if (out.full) await out.flush()
    if (pacer.due) await pacer.rest()
  }
}

async function eachListed(
  fetching: Fetching,
  numbers: readonly number[],
  sections: readonly SectionName[],
  piecesFor: PiecesFor,
): Promise<void> {
  const { session } = fetching
  const { out, view } = session
  const pacer = new Pacer()
  for await (const batch of listingsInOrder(session, numbers, sections)) {
    for (const [index, number] of batch.numbers.entries()) {
      const listing = batch.read[index]
      if (listing === undefined) {
        fetching.missing = true
        continue
      }
      const place = view.at(number)
      const sending = sendMessage(fetching, piecesFor(place), place, listing)
      if (sending !== undefined) await sending
      if (out.full) await out.flush()
      if (pacer.due) await pacer.rest()
    }
  }
}

/** A message of words alone is in the output when this returns: waiting for each would cost more than making it. */
function sendMessage(
  fetching: Fetching,
  pieces: readonly Piece[],
  place: Place,
  listing: Listing | undefined,
): Promise<void> | undefined {
  const { out } = fetching.session
  let text = `* ${place.number} FETCH (`
  for (let at = 0; at < pieces.length; at += 1) {
    const words = pieces[at]!.text?.(place, listing)
    // A client may name an item a thousand times: what it adds up to must not wait in memory.
    if (words === undefined || text.length > LONG_RESPONSE)
      return sendPieces(fetching, text, pieces, at, place, listing)
    text += at === 0 ? words : ` ${words}`
  }
  out.add(`${text})\r\n`)
  return undefined
}

/** The rest of a message, from the piece `first` on. */
async function sendPieces(
  { session }: Fetching,
  begun: string,
  pieces: readonly Piece[],
  first: number,
  place: Place,
  listing: Listing | undefined,
): Promise<void> {
  const { out } = session
  out.inResponse = true
  out.add(begun)
  for (let at = first; at < pieces.length; at += 1) {
    const { text, send } = pieces[at]!
    if (at > 0) out.add(' ')
    const words = text?.(place, listing)
    if (words !== undefined) out.add(words)
    else {
      try {
        await send!(place, listing)
      } catch (error) {
        if (error instanceof DisconnectedError) throw error
        throw new BrokenResponseError(`message ${place.number} of ${session.view.replica.mailbox}`, { cause: error })
      }
    }
    if (out.full) await out.flush()
  }
  out.add(')\r\n')
  out.inResponse = false
}
