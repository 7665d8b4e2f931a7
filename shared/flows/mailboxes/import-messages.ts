import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { type Flags, flagsOf } from '../../mailbox/flags.ts'
import { type AccountId, accountOf, type MailboxId } from '../../mailbox/ids.ts'
import type { Spool } from '../../ports/spool.ts'
import type { Limits } from '../../settings.ts'
import { MOST_IMPORTED_TOGETHER, type NewImport } from '../../store/imports.ts'
import type { TenantStore } from '../../store/store.ts'
import { placeContent } from './append-messages.ts'
import { requireRoom } from './quota.ts'
import { announce } from './settle.ts'

/** A message on its way in. */
export interface IncomingImport {
  /** What its source calls it: it comes in once under this name, however often it is sent. */
  key?: string
  flags: readonly string[]
  /** Milliseconds since 1970; absent: now. */
  internalDate?: number
  sizeOctets: number
  /** To be read before the next message is asked for. */
  content: AsyncIterable<Uint8Array>
}

export type ImportResult =
  | { status: 'imported'; key?: string; uid: number }
  /** It came in before, by this key. */
  | { status: 'known'; key?: string }
  | { status: 'refused'; key?: string; reason: string }

export type ImportSettings = Pick<Limits, 'messageOctets' | 'spoolMemoryOctets' | 'mimeLevels' | 'mimeParts'>

/** Messages whose objects are written at the same time: as many as share a flush, and few enough that what they hold in memory is little. */
const PLACED_AT_ONCE = 8
export const MOST_KEYS = 1000
/** An IMAP atom (RFC 9051 §9, flag-keyword): what else a source has for keywords, no client could ask for. */
const KEYWORD = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,64}$/
const SYSTEM_FLAG = /^\\[A-Za-z]{1,32}$/

/**
 * Messages from elsewhere, in their order, flags and dates as they were; in commits of many. A message with a key comes in once, so that an import that
 * was cut off is simply run again. What was committed before an error stays. Throws MailError 'no-such-mailbox', 'over-quota', 'try-again'.
 */
export async function importMessages(
  store: TenantStore,
  spool: Spool,
  mailbox: MailboxId,
  messages: AsyncIterable<IncomingImport>,
  settings: ImportSettings,
): Promise<ImportResult[]> {
  await store.snapshots.identity(mailbox) // throws where there is no such mailbox
  const results: ImportResult[] = []
  let group: { place: number; placed: Promise<NewImport> }[] = []
  let groupKeys = new Set<string>()
  let groupOctets = 0

  async function commitGroup(): Promise<void> {
    const taken = group
    const octets = groupOctets
    group = []
    groupKeys = new Set()
    groupOctets = 0
    const placed = await Promise.all(taken.map((one) => one.placed))
    if (placed.length === 0) return
    await requireRoom(store, mailbox, octets)
    const { uids, record } = await store.imports.append(mailbox, placed)
    for (const [at, { place }] of taken.entries()) {
      const key = keyOf(placed[at]!)
      const uid = uids[at]
      results[place] = uid === undefined ? { status: 'known', ...key } : { status: 'imported', ...key, uid }
    }
    if (record !== undefined) await announce(store, mailbox, record)
  }

  try {
    for await (const message of messages) {
      const place = results.length
      const key = keyOf(message)
      if (message.sizeOctets > settings.messageOctets) {
        results.push({ status: 'refused', ...key, reason: `It is larger than ${settings.messageOctets} octets.` })
        continue
      }
      if (message.key !== undefined && (groupKeys.has(message.key) || (await isKnown(store, mailbox, message.key)))) {
        results.push({ status: 'known', ...key })
        continue
      }
      if (group.length === 0) await requireRoom(store, mailbox, message.sizeOctets)
      results.push({ status: 'known', ...key }) // until its commit says more
      groupOctets += message.sizeOctets
      if (message.key !== undefined) groupKeys.add(message.key)
      const { placed } = await beginPlacing(store, spool, mailbox, message, settings)
      group.push({ place, placed })
      if (group.length >= PLACED_AT_ONCE) await group.at(-PLACED_AT_ONCE)!.placed
      if (group.length === MOST_IMPORTED_TOGETHER) await commitGroup()
    }
  } catch (error) {
    // What came whole is kept, so that an import that is cut off again and again still comes to its end.
    await commitGroup().catch((also: Error) => log.warn('import-not-kept', { mailbox, error: also }))
    throw error
  }
  await commitGroup()
  return results
}

function keyOf({ key }: { key?: string }): { key?: string } {
  return key === undefined ? {} : { key }
}

async function isKnown(store: TenantStore, mailbox: MailboxId, key: string): Promise<boolean> {
  const [known] = await store.imports.known(accountOf(mailbox), [key])
  return known === true
}

/** Resolves when the octets have been read; `placed`, when they are in place. */
async function beginPlacing(
  store: TenantStore,
  spool: Spool,
  mailbox: MailboxId,
  { key, flags, internalDate, content }: IncomingImport,
  settings: ImportSettings,
): Promise<{ placed: Promise<NewImport> }> {
  const writer = spool.create({ memoryOctets: settings.spoolMemoryOctets })
  try {
    for await (const chunk of content) await writer.write(chunk)
    const source = await writer.finish()
    const message = { source, flags: importedFlags(flags), ...(internalDate !== undefined && { internalDate }) }
    const placed = placeContent(store, mailbox, message, settings)
      .then((one): NewImport => ({ ...one, ...(key !== undefined && { key }) }))
      .finally(() => writer.discard())
    placed.catch(() => undefined) // whoever waits for it hears of it
    return { placed }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** Those that IMAP can name; \Recent is no message's own (RFC 3501 §2.3.2). */
function importedFlags(names: readonly string[]): Flags {
  return flagsOf(names.filter((name) => KEYWORD.test(name) || SYSTEM_FLAG.test(name)))
}

/** Throws MailError 'too-many' beyond what one call may name. */
export async function knownImports(store: TenantStore, account: AccountId, keys: readonly string[]): Promise<string[]> {
  if (keys.length > MOST_KEYS) throw new MailError('too-many', `${keys.length} keys`)
  const known = await store.imports.known(account, keys)
  return keys.filter((_, at) => known[at])
}
