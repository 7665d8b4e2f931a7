import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { encodeMailboxName } from '../../shared/codec/imap/mailbox-name.ts'
import { writeMboxMessage } from '../../shared/codec/mbox/writer.ts'
import { readFrames } from '../../shared/codec/message-frames.ts'
import type { Client, Fields } from './client.ts'
import { type Command, needed, texts } from './command.ts'
import { formatDovecotKeywords, formatMaildirName, parseDovecotKeywords, parseMaildirName } from './maildir-name.ts'
import { readIfThere } from './read-if-there.ts'
import { repeated } from './repeated.ts'
import { UsageError } from './usage-error.ts'

/** Of one call, so that none takes long. */
const PAGE = 200
const PAGE_OCTETS = 4 * 1024 * 1024

interface Exported {
  uid: number
  id: string
  flags: string[]
  receivedAt: number
  content: AsyncGenerator<Uint8Array>
}

export const EXPORT_COMMANDS: Record<string, Command> = {
  export: {
    takes: '<account> <folder>',
    help: 'writes the mailboxes of an account as files; a Maildir that is there is brought up to date',
    options: {
      to: { type: 'string', help: 'mbox or maildir' },
      mailbox: { type: 'string', multiple: true, help: 'mailbox to write; may be repeated, else all' },
    },
    async run(client, given, { progress }) {
      const to = needed(given, 'to')
      if (to !== 'mbox' && to !== 'maildir') throw new UsageError('--to takes mbox or maildir')
      const [account, folder] = given.words as [string, string]
      const path = `/accounts/${encodeURIComponent(account)}`
      const only = texts(given, 'mailbox')
      const all = await client.list(`${path}/mailboxes`)
      for (const name of only)
        if (!all.some((one) => one['name'] === name)) throw new Error(`there is no mailbox ${name}`)
      const rows: Fields[] = []
      for (const mailbox of all) {
        const name = String(mailbox['name'])
        if (only.length > 0 && !only.includes(name)) continue
        const tell = (count: number) => progress(`${name}: ${count} of ${mailbox['messages']}`)
        const messages = (after: number) => exportOf(client, path, name, after)
        const row =
          to === 'mbox'
            ? await writeMbox(join(folder, `${fileName(name)}.mbox`), messages, tell)
            : await writeMaildir(maildirOf(folder, name), mailbox, messages, tell)
        rows.push({ mailbox: name, ...row })
      }
      return { kind: 'table', columns: ['mailbox', 'messages', 'written', 'file'], rows }
    },
  },
}

/** The messages after a UID, page by page. Throws where an answer was cut off. */
async function* exportOf(client: Client, path: string, mailbox: string, from: number): AsyncGenerator<Exported> {
  let after: number | null = from
  while (after !== null) {
    const query = new URLSearchParams({
      mailbox,
      after: String(after),
      limit: String(PAGE),
      max_octets: String(PAGE_OCTETS),
    })
    const answer = await repeated(() => client.receive(`${path}/export?${query}`))
    let next: unknown
    for await (const { header, content } of readFrames(answer)) {
      if (header['end'] === true) next = header['after']
      else {
        const {
          uid,
          id,
          flags,
          received_at: receivedAt,
        } = header as { uid: number; id: string; flags: string[]; received_at: string }
        yield { uid, id, flags, receivedAt: Date.parse(receivedAt), content }
      }
    }
    if (next !== null && typeof next !== 'number') throw new Error('the answer was cut off; try again')
    after = next
  }
}

type Messages = (after: number) => AsyncGenerator<Exported>

/** Under its name once it is whole. */
async function writeMbox(file: string, messages: Messages, tell: (count: number) => void): Promise<Fields> {
  await mkdir(dirname(file), { recursive: true })
  const part = `${file}.part`
  let count = 0
  async function* octets() {
    for await (const { flags, receivedAt, content } of messages(0)) {
      yield* writeMboxMessage({ flags, receivedAt }, content)
      tell(++count)
    }
  }
  await pipeline(octets, createWriteStream(part))
  await rename(part, file)
  return { messages: count, written: count, file }
}

/** Maildir++ has all its folders in the first one, with dots between the levels. */
function maildirOf(folder: string, name: string): string {
  if (name === 'INBOX') return folder
  const levels = name.split('/').map((level) => encodeMailboxName(level.replaceAll('.', '_'), false))
  return join(folder, `.${levels.join('.')}`)
}

/** Message after message, each written in tmp/ and then moved, so that what is there is whole and is not asked for again. */
async function writeMaildir(
  folder: string,
  { uid_validity: validity }: Fields,
  messages: Messages,
  tell: (count: number) => void,
): Promise<Fields> {
  for (const place of ['cur', 'new', 'tmp']) await mkdir(join(folder, place), { recursive: true })
  if (folder.split('/').at(-1)!.startsWith('.')) await writeFile(join(folder, 'maildirfolder'), '')
  const keywordFile = join(folder, 'dovecot-keywords')
  const keywords = parseDovecotKeywords(await readIfThere(keywordFile))
  const standing = new Map(
    (await readdir(join(folder, 'cur'))).map((name) => [parseMaildirName(name, []).unique, name]),
  )
  let count = 0
  let written = 0
  for await (const { uid, id, flags, receivedAt, content } of messages(0)) {
    const unique = `${Math.floor(receivedAt / 1000)}.V${validity}U${uid}.${id}`
    const known = keywords.length
    const name = formatMaildirName(unique, flags, keywords)
    if (keywords.length > known) await writeFile(keywordFile, formatDovecotKeywords(keywords))
    const before = standing.get(unique)
    if (before === undefined) {
      const part = join(folder, 'tmp', unique)
      await pipeline(content, createWriteStream(part))
      await utimes(part, receivedAt / 1000, receivedAt / 1000)
      await rename(part, join(folder, 'cur', name))
      written += 1
    } else if (before !== name) await rename(join(folder, 'cur', before), join(folder, 'cur', name))
    standing.delete(unique)
    tell(++count)
  }
  // What is left was taken out of the mailbox since; only what an export has written is its to take away.
  for (const [unique, name] of standing) if (unique.includes(`.V${validity}U`)) await rm(join(folder, 'cur', name))
  return { messages: count, written, file: folder }
}

/** A path of its own for each mailbox, inside the folder whatever the mailbox is called. */
function fileName(name: string): string {
  return name
    .split('/')
    .map((level) => (/^\.+$/.test(level) ? level.replaceAll('.', '_') : level.replace(/[\\\x00]/g, '_')))
    .join('/')
}
