import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseFromLine } from '../../shared/codec/mbox/from-line.ts'
import { type MboxFormat, MboxReader } from '../../shared/codec/mbox/reader.ts'
import { headerLength, type MboxStatus, takeStatusFields } from '../../shared/codec/mbox/status-fields.ts'
import { levelOf, type OpenedMessage, type Source, type SourceMailbox, type SourceMessage } from './source.ts'
import { type TemporaryFile, writeTemporaryFile } from './temporary-file.ts'

/** Messages up to this size wait in memory, others in a file. */
const SMALL_OCTETS = 1024 * 1024
const PAGE_OCTETS = 4 * 1024 * 1024
const PAGE = 200
/** A header without an end is no header, and is left as it is. */
const MAX_HEADER_OCTETS = 1024 * 1024
const FIRST_LINE_OCTETS = 2048

/** Files and folders of files, as Thunderbird (`Name` and `Name.sbd/`), Apple Mail (`Name.mbox/mbox`) and others keep them. */
export function openMboxSource(paths: readonly string[], format: MboxFormat): Source {
  return {
    async mailboxes() {
      const found: SourceMailbox[] = []
      for (const path of paths) {
        const isFolder = (await stat(path)).isDirectory()
        found.push(...(isFolder ? await inFolder(path, [], format) : [mailboxOf(path, [nameOf(path)], format)]))
      }
      if (found.length === 0) throw new Error(`there is no mbox in ${paths.join(', ')}`)
      return found
    },
    async close() {},
  }
}

async function inFolder(folder: string, above: readonly string[], format: MboxFormat): Promise<SourceMailbox[]> {
  const found: SourceMailbox[] = []
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await inFolder(path, [...above, nameOf(entry.name)], format)))
    else if (entry.isFile() && (await isMbox(path))) {
      // Apple Mail names the folder, and in it every file alike.
      const levels = entry.name === 'mbox' && above.length > 0 ? above : [...above, nameOf(entry.name)]
      found.push(mailboxOf(path, levels, format))
    }
  }
  return found
}

function nameOf(path: string): string {
  const name = basename(path).replace(/\.(mbox|mbx|sbd)$/i, '')
  return /^inbox$/i.test(name) ? 'INBOX' : levelOf(name)
}

/** An empty file is a mailbox without messages. */
async function isMbox(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_LINE_OCTETS), 0, FIRST_LINE_OCTETS, 0)
    const end = buffer.indexOf('\n')
    const line = buffer.subarray(0, end < 0 ? bytesRead : end)
    return parseFromLine(line.at(-1) === 13 ? line.subarray(0, -1) : line) !== undefined
  } finally {
    await file.close()
  }
}

interface MboxMessage extends SourceMessage {
  held: Uint8Array[] | TemporaryFile
  sizeOctets: number
}

function mailboxOf(path: string, levels: readonly string[], format: MboxFormat): SourceMailbox {
  return {
    path: levels,
    async *pages() {
      // Two messages of the same octets are two: the second is known by its number.
      const seen = new Map<string, number>()
      let page: MboxMessage[] = []
      let octets = 0
      for await (const { receivedAt, status, content, digest, sizeOctets } of messagesOf(path, format)) {
        const number = (seen.get(digest) ?? 0) + 1
        seen.set(digest, number)
        const key = `mbox:${levels.join('/')}/${digest}/${number}`
        page.push({ key, flags: status.flags, receivedAt, held: content, sizeOctets })
        octets += Array.isArray(content) ? sizeOctets : PAGE_OCTETS
        if (page.length < PAGE && octets < PAGE_OCTETS) continue
        yield* given(page)
        page = []
        octets = 0
      }
      yield* given(page)
    },
  }
}

async function* given(messages: readonly MboxMessage[]) {
  if (messages.length === 0) return
  try {
    yield { messages, read: readMessages }
  } finally {
    for (const { held } of messages) if (!Array.isArray(held)) await held.remove()
  }
}

async function* readMessages(wanted: readonly SourceMessage[]): AsyncGenerator<OpenedMessage> {
  for (const message of wanted as readonly MboxMessage[]) {
    const { held, sizeOctets } = message
    yield { message, sizeOctets, open: () => (Array.isArray(held) ? held : held.read()) }
  }
}

interface Parsed {
  receivedAt: number
  status: MboxStatus
  content: Uint8Array[] | TemporaryFile
  digest: string
  sizeOctets: number
}

/** The messages that are still there, each whole. */
async function* messagesOf(path: string, format: MboxFormat): AsyncGenerator<Parsed> {
  const events = eventsOf(path, format)
  let next = await events.next()
  while (!next.done) {
    if (next.value.kind !== 'message') throw new Error(`${path} begins with no message`)
    const { receivedAt } = next.value
    const status: MboxStatus = { flags: [], expunged: false }
    const hash = createHash('sha256')
    let sizeOctets = 0
    const small: Uint8Array[] = []
    async function* octets() {
      for await (const chunk of withoutStatus(body(), status)) {
        hash.update(chunk)
        sizeOctets += chunk.length
        yield chunk
      }
    }
    async function* body() {
      for (next = await events.next(); !next.done && next.value.kind === 'octets'; next = await events.next()) {
        yield next.value.octets
      }
    }
    const content = octets()
    let file: TemporaryFile | undefined
    for await (const chunk of content) {
      small.push(chunk)
      if (sizeOctets <= SMALL_OCTETS) continue
      file = await writeTemporaryFile(chained(small, content))
      break
    }
    const parsed = { receivedAt, status, content: file ?? small, digest: hash.digest('hex'), sizeOctets }
    if (!status.expunged) yield parsed
    else await file?.remove()
  }
}

async function* eventsOf(path: string, format: MboxFormat) {
  const reader = new MboxReader(format)
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield* reader.write(chunk as Buffer)
  yield* reader.end()
}

async function* withoutStatus(body: AsyncIterable<Uint8Array>, status: MboxStatus): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined = new Uint8Array(0)
  for await (const chunk of body) {
    if (held === undefined) {
      yield chunk
      continue
    }
    held = Buffer.concat([held, chunk])
    const length = headerLength(held)
    if (length === undefined && held.length < MAX_HEADER_OCTETS) continue
    if (length === undefined) yield held
    else {
      yield takeHeader(held.subarray(0, length), status)
      if (length < held.length) yield held.subarray(length)
    }
    held = undefined
  }
  if (held !== undefined && held.length > 0) yield takeHeader(held, status) // a header alone
}

function takeHeader(octets: Uint8Array, status: MboxStatus): Uint8Array {
  const taken = takeStatusFields(octets)
  Object.assign(status, taken.status)
  return taken.header
}

async function* chained(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first
  yield* rest
}
