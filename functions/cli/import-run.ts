import { FRAMES_TYPE, formatFrameHeader } from '../../shared/codec/message-frames.ts'
import type { SpecialUse } from '../../shared/store/mailbox-names.ts'
import type { Client, Fields } from './client.ts'
import { repeated } from './repeated.ts'
import { type OpenedMessage, type Source, SourceLostError, type SourceMailbox, type SourcePage } from './source.ts'

/** Of one call: below what any HTTP front takes, Lambda's 6 MB in base64 among them. */
const BATCH_OCTETS = 4 * 1024 * 1024
const BATCH = 200

export interface ImportWish {
  account: string
  /** Names as they are at the source; empty: all. */
  only: readonly string[]
  except: readonly string[]
  /** Put above every name. */
  into: string | undefined
  /** For all messages, whatever their mailbox is called. */
  mailbox: string | undefined
}

/** What became of a mailbox. */
export interface ImportedMailbox extends Fields {
  from: string
  mailbox: string
  messages: number
  imported: number
  known: number
  refused: number
}

/**
 * Brings the source's mailboxes over, each message once: what came before, by this run or one that was cut off, is neither read nor sent again. Where the
 * source's connection breaks it is opened anew, as long as every connection brings something.
 */
export async function runImport(
  client: Client,
  openSource: () => Promise<Source>,
  wish: ImportWish,
  progress: (text: string) => void,
): Promise<ImportedMailbox[]> {
  for (let before = -1; ; ) {
    const source = await openSource()
    const rows: ImportedMailbox[] = []
    try {
      await importAll(client, source, wish, rows, progress)
      return rows
    } catch (error) {
      const brought = rows.reduce((sum, { imported, known }) => sum + imported + known, 0)
      if (!(error instanceof SourceLostError) || brought <= before) throw error
      before = brought
      progress(`${error.message}; trying again`)
    } finally {
      await source.close()
    }
  }
}

async function importAll(
  client: Client,
  source: Source,
  wish: ImportWish,
  rows: ImportedMailbox[],
  progress: (text: string) => void,
): Promise<void> {
  const names = new Targets(await client.list(`${accountPath(wish)}/mailboxes`), wish)
  const all = await source.mailboxes()
  const wanted = all.filter((mailbox) => isWanted(mailbox, wish))
  for (const mailbox of wanted) names.learn(mailbox)
  for (const mailbox of wanted) {
    const from = mailbox.path.join('/')
    const name = names.of(mailbox)
    const row: ImportedMailbox = { from, mailbox: name, messages: 0, imported: 0, known: 0, refused: 0 }
    rows.push(row)
    const specialUse = mailbox.specialUse && isOurs(mailbox.specialUse) ? { special_use: mailbox.specialUse } : {}
    const subscribed = mailbox.subscribed === true ? { subscribed: true } : {}
    await repeated(() => client.call('POST', `${accountPath(wish)}/mailboxes`, { name, ...specialUse, ...subscribed }))
    const tell = () =>
      progress(`${rows.length}/${wanted.length} ${from}: ${row.imported + row.known + row.refused} of ${row.messages}`)
    for await (const page of mailbox.pages()) await importPage(client, wish, page, row, tell)
    tell()
  }
}

async function importPage(
  client: Client,
  wish: ImportWish,
  page: SourcePage,
  row: ImportedMailbox,
  tell: () => void,
): Promise<void> {
  row.messages += page.messages.length
  const keys = page.messages.map(({ key }) => key)
  const answer = await repeated(() => client.call('POST', `${accountPath(wish)}/import/known`, { keys }))
  const known = new Set(answer['data'] as string[])
  row.known += known.size
  const wanted = page.messages.filter(({ key }) => !known.has(key))
  let batch: Uint8Array[] = []
  let count = 0
  let octets = 0
  // While a batch is on its way the next one is read.
  let sending: Promise<void> = Promise.resolve()
  async function send(): Promise<void> {
    const body = batch
    await sending
    batch = []
    count = 0
    octets = 0
    if (body.length > 0) sending = sendBatch(client, wish, row, () => body)
    sending.catch(() => undefined) // whoever waits for it next hears of it
  }
  for await (const opened of page.read(wanted)) {
    const size = opened.sizeOctets
    if (size > BATCH_OCTETS) {
      await send()
      await sending
      await sendBatch(client, wish, row, () => framed(opened))
    } else {
      if (octets + size > BATCH_OCTETS || count === BATCH) await send()
      for await (const part of framed(opened)) batch.push(part)
      count += 1
      octets += size
    }
    tell()
  }
  await send()
  await sending
}

async function* framed({ message, sizeOctets, open }: OpenedMessage): AsyncGenerator<Uint8Array> {
  const { key, flags, receivedAt } = message
  const received = receivedAt === undefined ? {} : { received_at: new Date(receivedAt).toISOString() }
  yield formatFrameHeader({ size: sizeOctets, key, flags, ...received })
  yield* open()
}

async function sendBatch(
  client: Client,
  wish: ImportWish,
  row: ImportedMailbox,
  body: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const path = `${accountPath(wish)}/import?mailbox=${encodeURIComponent(row.mailbox)}`
  const answer = await repeated(() => client.send(path, FRAMES_TYPE, body()))
  row.imported += Number(answer['imported'])
  row.known += Number(answer['known'])
  row.refused += Number(answer['refused'])
}

function accountPath({ account }: ImportWish): string {
  return `/accounts/${encodeURIComponent(account)}`
}

/** \All and \Flagged are views over the others (Gmail): taken only where they are asked for by name. */
function isWanted({ path, specialUse }: SourceMailbox, { only, except }: ImportWish): boolean {
  const name = path.join('/')
  if (except.includes(name)) return false
  if (only.length > 0) return only.includes(name)
  return specialUse === undefined || isOurs(specialUse)
}

function isOurs(use: SpecialUse): boolean {
  return use !== 'All' && use !== 'Flagged'
}

/** What mailboxes are called here: "Sent Items" with the use \Sent is the account's own Sent, and so is what is below it. */
class Targets {
  private readonly own = new Map<string, string>()
  private readonly renamed = new Map<string, string>()
  private readonly wish: ImportWish

  constructor(mailboxes: readonly Fields[], wish: ImportWish) {
    this.wish = wish
    for (const { special_use: use, name } of mailboxes) if (use !== null) this.own.set(String(use), String(name))
  }

  learn({ path, specialUse }: SourceMailbox): void {
    const own = specialUse && this.own.get(specialUse)
    if (own !== undefined) this.renamed.set(path.join('/'), own)
  }

  of({ path }: SourceMailbox): string {
    const { mailbox, into } = this.wish
    if (mailbox !== undefined) return mailbox
    const levels = path.map((level, at) => (at === 0 && /^inbox$/i.test(level) ? 'INBOX' : level))
    if (into !== undefined) return [into, ...levels].join('/')
    for (let length = levels.length; length > 0; length -= 1) {
      const renamed = this.renamed.get(path.slice(0, length).join('/'))
      if (renamed !== undefined) return [renamed, ...levels.slice(length)].join('/')
    }
    return levels.join('/')
  }
}
