/**
 * Counts everything again, from the raw items and objects alone, and says what does not agree (I1–I7). It shares the encoding with the code
 * it checks, and nothing of what the records mean.
 */
import { uidsIn } from '../../shared/codec/uid-ranges.ts'
import { type AccountId, type MailboxId, type Modseq, mailboxId, type TenantId } from '../../shared/mailbox/ids.ts'
import { readWhole } from '../../shared/ports/blob-source.ts'
import type { Engine } from '../../shared/ports/engine.ts'
import { type Item, queryAll } from '../../shared/ports/table.ts'
import { copyTokenText } from '../../shared/store/copy-token.ts'
import { decodeRecord, type JournalRecord } from '../../shared/store/journal-record.ts'
import { accountPk, journalPk, snapshotName } from '../../shared/store/keys.ts'
import { MessageTable } from '../../shared/store/message-table.ts'
import { decodeSnapshot } from '../../shared/store/snapshot-codec.ts'
import { recountContents } from './recount-contents.ts'

const SEEN = 1

export interface CountedMessage {
  uid: number
  content: string
  flags: number
  /** Sorted, in lower case. */
  keywords: string
  date: number
  size: number
  token: string
  /** MODSEQ of the last change. */
  modseq: number
}

export interface CountedMailbox {
  mailbox: MailboxId
  /** Levels of its name; undefined while its removal is under way. */
  path: readonly string[] | undefined
  uidvalidity: number
  modseq: number
  uidNext: number
  messages: Map<number, CountedMessage>
  /** The messages after each record that is kept. */
  states: Map<number, Map<number, CountedMessage>>
  /** Octets of each record by MODSEQ, to see that none ever changes. */
  records: Map<number, string>
}

export interface Recount {
  mailboxes: CountedMailbox[]
  /** What does not agree. */
  faults: string[]
  /** SHA-256 of the octets received, of each content that is shown. */
  received: Map<string, string>
  /** Every content there is an object of. */
  contents: Map<TenantId, Set<string>>
}

export async function accountsOf(engine: Engine, tenant: TenantId): Promise<AccountId[]> {
  const accounts: AccountId[] = []
  for await (const { sk } of queryAll(engine.table, `t/${tenant}`, { prefix: 'account/' })) {
    accounts.push(`${tenant}/${sk.slice('account/'.length)}` as AccountId)
  }
  return accounts
}

/**
 * `settled`: nothing is under way and `reclaim` has been everywhere, so that nothing may be left over, of contents of an `earlier` recount
 * neither. What an earlier recount found in the journals must be there unchanged, as far as it is kept.
 */
export async function recount(
  engine: Engine,
  tenants: readonly TenantId[],
  { settled = false, earlier }: { settled?: boolean; earlier?: Recount } = {},
): Promise<Recount> {
  const counted: Recount = { mailboxes: [], faults: [], received: new Map(), contents: new Map() }
  for (const tenant of tenants) {
    const own: CountedMailbox[] = []
    for (const account of await accountsOf(engine, tenant)) {
      own.push(...(await recountAccount(engine, account, settled, counted.faults)))
    }
    counted.mailboxes.push(...own)
    await recountContents(
      engine,
      tenant,
      own,
      settled ? (earlier?.contents.get(tenant) ?? new Set()) : undefined,
      counted,
    )
  }
  for (const before of earlier?.mailboxes ?? []) {
    const after = counted.mailboxes.find(({ mailbox }) => mailbox === before.mailbox)
    for (const [modseq, octets] of after?.records ?? []) {
      const known = before.records.get(modseq)
      if (known === undefined ? modseq <= before.modseq : known !== octets)
        counted.faults.push(`${before.path?.join('/')}: record ${modseq} has changed`)
    }
    if (after !== undefined && (after.modseq < before.modseq || after.uidNext < before.uidNext))
      counted.faults.push(`${before.path?.join('/')}: it has gone back`)
  }
  return counted
}

async function recountAccount(engine: Engine, account: AccountId, settled: boolean, faults: string[]) {
  const items: Item[] = []
  for await (const item of queryAll(engine.table, accountPk(account))) items.push(item)
  const names = items.filter(({ sk }) => sk.startsWith('name/'))
  const removed = new Set(items.flatMap(({ sk }) => (sk.startsWith('removed/') ? [sk.slice('removed/'.length)] : [])))
  const nodes = new Map(names.map((item) => [item['node'] as string, item]))
  const paths = new Map<string, string[]>()
  for (const item of names) {
    const path = pathOf(item, nodes)
    if (path === undefined) faults.push(`${account}: the name ${item.sk} hangs on nothing`)
    const local = item['mailbox'] as string | undefined
    if (local === undefined) continue
    if (paths.has(local)) faults.push(`${account}: mailbox ${local} has two names`)
    paths.set(local, path ?? [])
  }
  const mailboxes: CountedMailbox[] = []
  const uidvalidities = new Set<number>()
  for (const item of items.filter(({ sk }) => sk.startsWith('mailbox/'))) {
    const local = item.sk.slice('mailbox/'.length)
    const named = paths.has(local)
    if (!named && !removed.has(local)) faults.push(`${account}: mailbox ${local} has no name, and nobody removes it`)
    if (settled && !named) faults.push(`${account}: mailbox ${local} is still to be removed`)
    if (uidvalidities.has(item['uidvalidity'] as number)) faults.push(`${account}: two mailboxes of one UIDVALIDITY`)
    uidvalidities.add(item['uidvalidity'] as number)
    // What is being removed may be in pieces.
    if (named) mailboxes.push(await recountMailbox(engine, mailboxId(account, local), item, paths.get(local), faults))
    paths.delete(local)
  }
  for (const [local, path] of paths) faults.push(`${account}: the name ${path.join('/')} is of ${local}, which is gone`)
  return mailboxes
}

function pathOf(item: Item, nodes: ReadonlyMap<string, Item>): string[] | undefined {
  const path: string[] = []
  for (let at: Item | undefined = item; ; ) {
    const [, parent, name] = at.sk.split('/', 3) as [string, string, string]
    path.unshift(name)
    if (parent === '-') return path
    at = nodes.get(parent)
    if (at === undefined) return undefined
  }
}

async function recountMailbox(
  engine: Engine,
  mailbox: MailboxId,
  item: Item,
  path: readonly string[] | undefined,
  faults: string[],
): Promise<CountedMailbox> {
  const say = (fault: string) => faults.push(`${path?.join('/') ?? mailbox}: ${fault}`)
  const snapshot = item['snapshot'] as number
  const folded = snapshot === 0 ? undefined : await readSnapshot(engine, mailbox, snapshot)
  if (snapshot !== 0 && folded === undefined) say(`its snapshot ${snapshot} is missing`)
  const records: JournalRecord[] = []
  const octets = new Map<number, string>()
  for await (const { sk, d } of queryAll(engine.table, journalPk(mailbox))) {
    records.push(decodeRecord(Number(sk) as Modseq, d as Uint8Array))
    octets.set(Number(sk), Buffer.from(d as Uint8Array).toString('base64'))
  }
  const first = records[0]?.modseq ?? 0
  if (records.length === 0) say('it has no journal')
  if (first !== 1 && first > snapshot + 1) say(`records ${snapshot + 1} to ${first - 1} are missing`)

  // From the beginning where it is all there, so that the snapshot is checked against it; else from the snapshot.
  const begin = first === 1 || folded === undefined ? undefined : folded
  let messages = new Map(begin?.messages)
  let { uidNext, modseq } = begin ?? { uidNext: 1, modseq: 0 }
  let recentFrom = begin?.recentFrom ?? 1
  const states = new Map([[modseq, messages]])
  for (const record of records) {
    if (begin !== undefined && record.modseq <= begin.modseq) continue
    if (record.modseq !== modseq + 1) say(`record ${record.modseq} comes after ${modseq}`)
    modseq = record.modseq
    messages = new Map(messages)
    const replayed = replay(messages, uidNext, record, say)
    uidNext = replayed.uidNext
    recentFrom = Math.max(recentFrom, replayed.recentFrom)
    compareTotals(record, messages, uidNext, recentFrom, say)
    states.set(modseq, messages)
    if (folded?.modseq === modseq) compareStates(`snapshot ${modseq}`, folded.messages, messages, say)
  }
  const uidvalidity = item['uidvalidity'] as number
  return { mailbox, path, uidvalidity, modseq, uidNext, messages, states, records: octets }
}

function replay(
  messages: Map<number, CountedMessage>,
  uidNextBefore: number,
  { changes, modseq }: JournalRecord,
  say: (fault: string) => void,
) {
  let uidNext = uidNextBefore
  let recentFrom = 0
  for (const change of changes) {
    if (change.kind === 'append') {
      for (const { content, flags, internalDate, sizeOctets, token } of change.messages) {
        messages.set(uidNext, {
          uid: uidNext,
          content,
          flags: flags.system,
          keywords: keywordText(flags.keywords),
          date: internalDate,
          size: sizeOctets,
          token: Buffer.from(token).toString('base64url'),
          modseq,
        })
        uidNext += 1
      }
    } else if (change.kind === 'flags') {
      const named = new Set(change.flags.keywords.map((keyword) => keyword.toLowerCase()))
      for (const uid of uidsIn(change.uids)) {
        const message = messages.get(uid)
        if (message === undefined) say(`record ${modseq} changes UID ${uid}, which is not there`)
        else messages.set(uid, { ...message, ...flagged(message, change.change, change.flags.system, named), modseq })
      }
    } else if (change.kind === 'expunge') {
      for (const uid of uidsIn(change.uids)) {
        if (!messages.delete(uid)) say(`record ${modseq} expunges UID ${uid}, which is not there`)
      }
    } else recentFrom = change.before
  }
  return { uidNext, recentFrom }
}

function flagged(
  { flags, keywords }: CountedMessage,
  change: 'set' | 'add' | 'remove',
  system: number,
  named: Set<string>,
) {
  const had = new Set(keywords === '' ? [] : keywords.split(' '))
  if (change === 'set') return { flags: system, keywords: keywordText([...named]) }
  if (change === 'add') return { flags: flags | system, keywords: keywordText([...had.union(named)]) }
  return { flags: flags & ~system, keywords: keywordText([...had.difference(named)]) }
}

function keywordText(keywords: readonly string[]): string {
  return keywords
    .map((keyword) => keyword.toLowerCase())
    .sort()
    .join(' ')
}

function compareTotals(
  { modseq, totals }: JournalRecord,
  messages: ReadonlyMap<number, CountedMessage>,
  uidNext: number,
  recentFrom: number,
  say: (fault: string) => void,
): void {
  const all = [...messages.values()]
  const counted = {
    uidNext,
    exists: all.length,
    unseen: all.filter(({ flags }) => (flags & SEEN) === 0).length,
    sizeOctets: all.reduce((sum, { size }) => sum + size, 0),
    recentFrom,
  }
  for (const [name, value] of Object.entries(counted)) {
    const told = totals[name as keyof typeof totals]
    if (told !== value) say(`record ${modseq} says ${name} ${told}, and it is ${value}`)
  }
  if (recentFrom > uidNext) say(`record ${modseq} has claimed UIDs up to ${recentFrom} of ${uidNext}`)
}

async function readSnapshot(engine: Engine, mailbox: MailboxId, modseq: number) {
  const octets = await readWhole(engine.blobs, snapshotName(mailbox, modseq))
  if (octets === undefined) return undefined
  const { columns, keywordSets, totals } = await decodeSnapshot(octets)
  const table = new MessageTable(columns, keywordSets)
  const messages = new Map<number, CountedMessage>()
  for (let row = 0; row < table.count; row += 1) messages.set(table.uidAt(row), rowOf(table, row))
  return { modseq, messages, uidNext: totals.uidNext, recentFrom: totals.recentFrom }
}

/** A row of the code under test, as the recount keeps a message. */
export function rowOf(table: MessageTable, row: number): CountedMessage {
  return {
    uid: table.uidAt(row),
    content: table.contentAt(row),
    flags: table.flagsAt(row).system,
    keywords: keywordText(table.flagsAt(row).keywords),
    date: table.dateAt(row),
    size: table.sizeAt(row),
    token: Buffer.from(table.tokenAt(row)).toString('base64url'),
    modseq: table.modseqAt(row),
  }
}

export function compareStates(
  what: string,
  told: ReadonlyMap<number, CountedMessage>,
  counted: ReadonlyMap<number, CountedMessage>,
  say: (fault: string) => void,
): void {
  const line = (message: CountedMessage | undefined) => JSON.stringify(message)
  for (const uid of new Set([...told.keys(), ...counted.keys()])) {
    if (line(told.get(uid)) !== line(counted.get(uid)))
      say(`${what}: UID ${uid} is ${line(told.get(uid))}, and counted ${line(counted.get(uid))}`)
  }
}

export function tokenText({ mailbox }: CountedMailbox, { token }: CountedMessage): string {
  return copyTokenText(mailbox, Buffer.from(token, 'base64url'))
}
