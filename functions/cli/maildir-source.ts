import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeMailboxName } from '../../shared/codec/imap/mailbox-name.ts'
import { ParseError } from '../../shared/codec/parse-error.ts'
import { withCrlf } from './crlf.ts'
import { parseDovecotKeywords, parseMaildirName } from './maildir-name.ts'
import { readIfThere } from './read-if-there.ts'
import { levelOf, type OpenedMessage, type Source, type SourceMailbox, type SourceMessage } from './source.ts'
import { writeTemporaryFile } from './temporary-file.ts'

const PAGE = 500
/** Messages up to this size are read into memory. */
const SMALL_OCTETS = 1024 * 1024

interface MaildirMessage extends SourceMessage {
  path: string
}

/** A Maildir with its subfolders: those of Maildir++ (`.A.B`), and those that are Maildirs in folders below. */
export function openMaildirSource(folder: string): Source {
  return {
    async mailboxes() {
      const found = await inFolder(folder, [])
      if (found.length === 0) throw new Error(`${folder} is no Maildir: it has no folder cur`)
      const subscribed = new Set(await subscriptionsOf(folder))
      return found.map((mailbox) => ({ ...mailbox, subscribed: subscribed.has(mailbox.path.join('/')) }))
    },
    async close() {},
  }
}

async function inFolder(folder: string, above: readonly string[]): Promise<SourceMailbox[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const names = entries.map(({ name }) => name).sort()
  const found: SourceMailbox[] = []
  if (names.includes('cur')) found.push(mailboxOf(folder, above.length === 0 ? ['INBOX'] : above))
  for (const name of names) {
    if (name === 'cur' || name === 'new' || name === 'tmp') continue
    const levels = name.startsWith('.') ? name.slice(1).split('.') : [name]
    const decoded = levels.filter((level) => level !== '').map(decodedLevel)
    if (decoded.length > 0) found.push(...(await inFolder(join(folder, name), [...above, ...decoded])))
  }
  return found
}

/** Modified UTF-7, as in IMAP; what is none stays as it is. */
function decodedLevel(level: string): string {
  try {
    return levelOf(decodeMailboxName(Buffer.from(level).toString('latin1'), false))
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return levelOf(level)
  }
}

async function subscriptionsOf(folder: string): Promise<string[]> {
  const lines = (await readIfThere(join(folder, 'subscriptions'))).split('\n').filter((line) => line !== '')
  const names = lines[0]?.startsWith('V\t') ? lines.slice(1).map((line) => line.replaceAll('\t', '.')) : lines
  return names.map((name) => (name === 'INBOX' ? name : name.split(/[./]/).map(decodedLevel).join('/')))
}

function mailboxOf(folder: string, path: readonly string[]): SourceMailbox {
  return {
    path,
    async *pages() {
      const keywords = parseDovecotKeywords(await readIfThere(join(folder, 'dovecot-keywords')))
      const order = orderOf(await readIfThere(join(folder, 'dovecot-uidlist')))
      const all: (MaildirMessage & { order: number })[] = []
      for (const place of ['cur', 'new']) {
        for (const name of await namesIn(join(folder, place))) {
          const { unique, flags } = parseMaildirName(name, keywords)
          const at = join(folder, place, name)
          const { mtimeMs } = await stat(at)
          const receivedAt = Math.floor(mtimeMs)
          const key = `maildir:${path.join('/')}/${unique}`
          all.push({ key, flags, receivedAt, path: at, order: order.get(unique) ?? Number.POSITIVE_INFINITY })
        }
      }
      all.sort((a, b) => a.order - b.order || a.receivedAt! - b.receivedAt! || (a.key < b.key ? -1 : 1))
      for (let at = 0; at < all.length; at += PAGE) yield { messages: all.slice(at, at + PAGE), read: readMessages }
    },
  }
}

async function* readMessages(wanted: readonly SourceMessage[]): AsyncGenerator<OpenedMessage> {
  for (const message of wanted as readonly MaildirMessage[]) {
    const { size } = await stat(message.path)
    const octets = () => withCrlf(createReadStream(message.path))
    if (size <= SMALL_OCTETS) {
      const content = Buffer.concat(await Array.fromAsync(octets()))
      yield { message, sizeOctets: content.length, open: () => [content] }
      continue
    }
    const file = await writeTemporaryFile(octets()) // only then its length is known
    try {
      yield { message, sizeOctets: file.sizeOctets, open: () => file.read() }
    } finally {
      await file.remove()
    }
  }
}

/** The order in which Dovecot knows them: `<uid> <fields> :<name>` in each line but the first. */
function orderOf(uidlist: string): Map<string, number> {
  const order = new Map<string, number>()
  for (const line of uidlist.split('\n').slice(1)) {
    const colon = line.indexOf(' :')
    if (colon < 0) continue
    order.set(parseMaildirName(line.slice(colon + 2), []).unique, Number(line.slice(0, line.indexOf(' '))))
  }
  return order
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).flatMap((entry) =>
      entry.isFile() && !entry.name.startsWith('.') ? [entry.name] : [],
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
