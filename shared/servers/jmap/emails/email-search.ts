import { readMessageText } from '../../../flows/mailboxes/message-text.ts'
import { log } from '../../../log.ts'
import { MailError } from '../../../mailbox/errors.ts'
import type { SegmentRef } from '../../../store/snapshot-codec.ts'
import type { TenantStore } from '../../../store/store.ts'
import type { TextFrame } from '../../../store/text-frame.ts'
import type { View } from '../../../store/views.ts'
import { Pacer } from '../../imap/pacer.ts'
import type { EmailFilter, Facts } from './email-filter.ts'
import type { Copy, EmailIndex, EmailNumber, Folder } from './email-index.ts'

/** For fewer Emails than this of a segment their views and objects are read: a segment's text is read whole. */
const WORTH_A_SEGMENT = 16
const VIEWS_AT_ONCE = 200
/** Of one message's text, in characters: what is beyond is not searched. */
const TEXT_CHARACTERS = 1024 * 1024
const HEADER_OCTETS = 512 * 1024

/** Those of the Emails that match: by what is in memory, then by segments, views and, where nothing else can tell, objects. In no order. */
export async function matchingEmails(
  tenant: TenantStore,
  emails: EmailIndex,
  { test, reads, terms }: EmailFilter,
  candidates: readonly EmailNumber[],
): Promise<EmailNumber[]> {
  const found: EmailNumber[] = []
  let open: Facts[] = []
  const decide = (facts: Facts): boolean => {
    const result = emails.has(facts.number) ? test(facts) : false
    if (result === true) found.push(facts.number)
    return result !== undefined
  }
  for (const number of candidates) {
    const facts: Facts = { number }
    if (!decide(facts)) open.push(facts)
  }
  if (open.length === 0) return found
  const pacer = new Pacer()
  if (reads.text) open = await undecided(decideBySegments(tenant, emails, open, terms), decide, pacer)
  open = await undecided(withViews(tenant, emails, open), decide, pacer)
  for (const facts of open) {
    await readObject(tenant, emails, facts)
    decide(facts)
    if (pacer.due) await pacer.rest()
  }
  return found
}

/** As `matchingEmails` where nothing but memory is asked; undefined where that does not do. */
export function matchingInMemory(
  { test, reads }: EmailFilter,
  candidates: readonly EmailNumber[],
): EmailNumber[] | undefined {
  if (reads.text || reads.view) return undefined
  return candidates.filter((number) => test({ number }) === true)
}

async function undecided(
  learned: AsyncIterable<Facts>,
  decide: (facts: Facts) => boolean,
  pacer: Pacer,
): Promise<Facts[]> {
  const open: Facts[] = []
  for await (const facts of learned) {
    if (!decide(facts)) open.push(facts)
    if (pacer.due) await pacer.rest()
  }
  return open
}

/** Every one of `open`, with its text where a segment has it. */
async function* decideBySegments(
  tenant: TenantStore,
  emails: EmailIndex,
  open: readonly Facts[],
  terms: readonly string[],
): AsyncGenerator<Facts> {
  const octets = terms.map((term) => Buffer.from(term))
  const told = new Set<Facts>()
  for (const [folder, own] of byFolder(emails, open)) {
    for (const segment of folder.replica.segments) {
      const wanted = new Map<number, Facts>()
      for (const { uid, facts } of own) if (uid >= segment.firstUid && uid <= segment.lastUid) wanted.set(uid, facts)
      if (wanted.size < WORTH_A_SEGMENT) continue
      for await (const { uids, frame } of framesOf(tenant, segment)) {
        const hits = octets.map((term) => frame.find(term, 'all'))
        for (const [index, uid] of uids.entries()) {
          const facts = wanted.get(uid)
          if (facts === undefined) continue
          // Where no word is found at all an empty text says the same.
          const hit = hits.some((found) => found[index] === 1)
          facts.text = hit ? frame.textAt(index) : { header: '', body: '', whole: frame.isWhole(index) }
          told.add(facts)
          yield facts
          delete facts.text // a frame at a time is in memory
        }
      }
    }
  }
  for (const facts of open) if (!told.has(facts)) yield facts
}

/** Nothing of a segment that cannot be read, which another fold may have replaced: then the objects tell. */
async function* framesOf(
  { segments }: TenantStore,
  segment: SegmentRef,
): AsyncGenerator<{ uids: readonly number[]; frame: TextFrame }> {
  try {
    yield* segments.framesOf(segment)
  } catch (error) {
    log.warn('segment-not-read', { segment: segment.name, error: error as Error })
  }
}

async function* withViews(tenant: TenantStore, emails: EmailIndex, open: readonly Facts[]): AsyncGenerator<Facts> {
  const facts = new Map(open.map((one) => [one.number, one]))
  for await (const [number, view] of viewsOfEmails(tenant, emails, [...facts.keys()])) {
    const own = facts.get(number)!
    own.view = view
    yield own
    delete own.view
  }
}

/** The views of Emails in any order, a thousand to a read where they are folded; those that are gone are left out. */
export async function* viewsOfEmails(
  tenant: TenantStore,
  emails: EmailIndex,
  numbers: readonly EmailNumber[],
): AsyncGenerator<[EmailNumber, View]> {
  const facts = numbers.map((number) => ({ number }))
  for (const [folder, own] of byFolder(emails, facts)) {
    for (let at = 0; at < own.length; at += VIEWS_AT_ONCE) {
      const table = folder.replica.messages
      const places = own.slice(at, at + VIEWS_AT_ONCE).flatMap(({ uid, facts: { number } }) => {
        const row = table.rowOf(uid)
        return row === undefined ? [] : [{ number, table, row }]
      })
      const views = await loadViews(tenant, folder, places)
      for (const [index, view] of views.entries()) if (view !== undefined) yield [places[index]!.number, view]
    }
  }
}

async function loadViews(
  tenant: TenantStore,
  folder: Folder,
  places: readonly { table: Folder['replica']['messages']; row: number }[],
): Promise<(View | undefined)[]> {
  try {
    // Few of them are read for less by themselves than with all their neighbours.
    if (places.length >= WORTH_A_SEGMENT) return await tenant.segments.viewsOf(folder.replica.segments, places)
    return await tenant.views.getMany(places.map(({ table, row }) => table.contentAt(row)))
  } catch (error) {
    if (!isGone(error)) throw error
    return Promise.all(places.map(({ table, row }) => tenant.views.find(table.contentAt(row))))
  }
}

async function readObject(tenant: TenantStore, emails: EmailIndex, facts: Facts): Promise<void> {
  if (!emails.has(facts.number)) return
  const content = emails.contentOf(facts.number)
  try {
    const view = await tenant.views.get(content)
    const { offset, length } = view.structure.header
    const header = tenant.contents.read(content, { start: offset, end: offset + Math.min(length, HEADER_OCTETS) })
    facts.view = view
    facts.header = Buffer.concat(await Array.fromAsync(header))
    const text = await readMessageText(tenant, content, view.structure, TEXT_CHARACTERS)
    facts.text = { ...text, whole: true }
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** By the mailbox of the first copy, in the order of UIDs. */
function byFolder<T extends { number: EmailNumber }>(
  emails: EmailIndex,
  all: readonly T[],
): Map<Folder, { uid: number; facts: T }[]> {
  const folders = new Map<Folder, { uid: number; facts: T }[]>()
  for (const facts of all) {
    const copy: Copy | undefined = emails.has(facts.number) ? emails.copiesOf(facts.number)[0] : undefined
    if (copy === undefined) continue
    const own = folders.get(copy.folder)
    if (own === undefined) folders.set(copy.folder, [{ uid: copy.uid, facts }])
    else own.push({ uid: copy.uid, facts })
  }
  for (const own of folders.values()) own.sort((a, b) => a.uid - b.uid)
  return folders
}

function isGone(error: unknown): boolean {
  return error instanceof MailError && error.kind === 'no-such-message'
}
