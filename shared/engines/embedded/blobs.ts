/**
 * Write-once objects. A small one stands in the database, so that its octets, its row and the word of its arrival are one flush, shared
 * with all who write at that moment (measured at 20 KiB: three times a file of its own, and a segment log beside the database gained
 * too little to be worth its compaction). A large one is a file, whose row is written when the file is safe.
 */
import type { DatabaseSync } from 'node:sqlite'
import {
  type BlobEntry,
  BlobExistsError,
  type BlobInfo,
  BlobLostError,
  BlobMismatchError,
  type BlobSource,
  type Blobs,
} from '../../ports/blobs.ts'
import type { Clock } from '../../ports/clock.ts'
import type { QueueName } from '../../ports/queue.ts'
import { OutcomeUnknownError } from '../../ports/table.ts'
import type { BlobFiles } from './blob-files.ts'
import type { BlobLinks } from './blob-links.ts'
import { MAX_PARTS, PART_OCTETS } from './blob-writer.ts'
import { afterPrefix } from './database.ts'
import { openSmallObjects } from './small-objects.ts'
import type { PutObject } from './work.ts'
import type { Writer } from './writer.ts'

const MAX_NAME_OCTETS = 900
const MAX_METADATA_OCTETS = 2000
const MAX_ENTRIES = 1000
const MAX_TOGETHER = 100
/** Objects up to this size stand in the database. */
const SMALL_OCTETS = 256 * 1024

/** Who hears of new objects, by the first part of their names. */
const ANNOUNCED: Readonly<Record<string, QueueName>> = { raw: 'arrivals', outbox: 'outgoing' }

interface Row {
  name: string
  length: number
  sha256: string
  writtenAt: number
  metadata: string
  content: number | null
  file: string | null
}

export interface BlobParts {
  database: DatabaseSync
  writer: Writer
  files: BlobFiles
  links: BlobLinks
  clock: Clock
  /** Origin of links, without a slash at the end; asked for at each link, as a server may choose its port late. */
  linkBase: () => string
  /** A message for this queue was written beside an object. */
  announced(queue: QueueName): void
}

export function openBlobs({ database, writer, files, links, clock, linkBase, announced }: BlobParts): Blobs {
  const find = database.prepare(
    'SELECT name, length, sha256, written_at AS writtenAt, metadata, content, file FROM objects WHERE name = ?',
  )
  const readPart = database.prepare('SELECT octets FROM contents WHERE id = ?')
  const list = database.prepare(`SELECT name, length, written_at AS writtenAt FROM objects
    WHERE name >= ? AND name < ? ORDER BY name LIMIT ?`)
  const listAfter = database.prepare(`SELECT name, length, written_at AS writtenAt FROM objects
    WHERE name > ? AND name < ? ORDER BY name LIMIT ?`)

  const readSmall = openSmallObjects(database)

  const row = (name: string) => find.get(name) as Row | undefined

  async function* smallContent(name: string, content: number, start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const part = Math.floor(at / PART_OCTETS)
      const found = readPart.get(content * MAX_PARTS + part) as { octets: Uint8Array } | undefined
      if (!found) throw new Error(`blob ${name} was deleted while it was read`)
      const chunk = found.octets.subarray(at - part * PART_OCTETS, end - part * PART_OCTETS)
      at += chunk.length
      yield chunk
    }
  }

  async function remove(name: string): Promise<void> {
    const file = await writer.perform<string | undefined>({ kind: 'delete-object', name })
    if (file !== undefined) await files.remove(file)
  }

  return {
    async put(name, source, metadata = {}, { unannounced = false } = {}) {
      checkName(name)
      checkSource(source)
      const packed = packMetadata(metadata)
      const queue = unannounced ? undefined : ANNOUNCED[name.slice(0, name.indexOf('/'))]
      const { length, sha256 } = source
      const work: PutObject = { kind: 'put-object', name, length, sha256, writtenAt: clock.now(), metadata: packed }
      if (queue) work.announce = queue
      if (length <= SMALL_OCTETS) await writer.perform(work, await gather(source))
      else {
        // The writer asks this as well, but a file that nobody needs would have been written and flushed.
        const there = row(name)
        if (there?.sha256 === sha256) return
        if (there) throw new BlobExistsError(name)
        const file = await files.write(source)
        // Where the answer is lost the file stays: it is an object's, or a leftover that the next start sweeps.
        const isNew = await writer.perform<boolean>({ ...work, file }).catch(async (error: unknown) => {
          if (!(error instanceof OutcomeUnknownError)) await files.remove(file)
          throw error
        })
        if (!isNew) await files.remove(file)
      }
      if (queue) announced(queue)
    },

    async head(name) {
      const found = row(name)
      return found && infoOf(found)
    },

    async get(name, range, { fleeting = false } = {}) {
      const found = row(name)
      if (!found) return undefined
      const start = Math.max(0, range?.start ?? 0)
      const end = Math.min(found.length, range?.end ?? found.length)
      // Before anything is announced of it to a client, who could not be told afterwards.
      if (found.file !== null && !files.isWhole(found.file, found.length))
        throw new BlobLostError(`${name}: of its file blobs/${found.file} there are not ${found.length} octets`)
      const content =
        found.file === null
          ? smallContent(name, found.content!, start, end)
          : files.read(found.file, start, end, fleeting)
      return { ...infoOf(found), content }
    },

    async getMany(names) {
      if (names.length > MAX_TOGETHER) throw new RangeError(`${names.length} objects at once`)
      return readSmall(names)
    },

    async list(prefix, { after, limit = MAX_ENTRIES } = {}) {
      // Names are ASCII: DEL comes after them all.
      const end = afterPrefix(prefix) ?? '\x7f'
      const statement = after !== undefined && after >= prefix ? listAfter : list
      const from = after !== undefined && after >= prefix ? after : prefix
      return statement
        .all(from, end, Math.min(limit, MAX_ENTRIES))
        .map((entry) => ({ ...entry }) as unknown as BlobEntry)
    },

    delete: remove,

    async purge(prefix) {
      const end = afterPrefix(prefix) ?? '\x7f'
      const entries = list.all(prefix, end, MAX_ENTRIES) as unknown as BlobEntry[]
      await Promise.all(entries.map(({ name }) => remove(name)))
      return { versions: entries.length, octets: entries.reduce((sum, { length }) => sum + length, 0) }
    },

    async link(name, { seconds, filename, contentType = 'application/octet-stream' }) {
      const expires = Math.ceil(clock.now() / 1000) + seconds
      return linkBase() + links.sign({ name, filename, contentType }, expires)
    },

    async uploadLink(name, { seconds, length, sha256 }) {
      checkName(name)
      checkSource({ length, sha256 })
      const expires = Math.ceil(clock.now() / 1000) + seconds
      return { url: linkBase() + links.signUpload({ name, length, sha256 }, expires), headers: {} }
    },
  }
}

function checkName(name: string): void {
  if (name === '' || name.length > MAX_NAME_OCTETS || !isPrintable(name))
    throw new RangeError(`no name of an object: ${JSON.stringify(name.slice(0, MAX_NAME_OCTETS))}`)
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function checkSource({ length, sha256 }: Pick<BlobSource, 'length' | 'sha256'>): void {
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`no length of an object: ${length}`)
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`no SHA-256 in hexadecimal: ${sha256}`)
}

function packMetadata(metadata: Record<string, string>): string {
  let octets = 0
  for (const [name, value] of Object.entries(metadata)) {
    if (name === '' || !isPrintable(name) || !isPrintable(value))
      throw new RangeError(`metadata ${name} is not printable ASCII`)
    octets += name.length + value.length
  }
  if (octets > MAX_METADATA_OCTETS)
    throw new RangeError(`metadata of ${octets} octets: it takes ${MAX_METADATA_OCTETS}`)
  return JSON.stringify(metadata)
}

function infoOf({ name, length, sha256, writtenAt, metadata }: Row): BlobInfo {
  return { name, length, sha256, writtenAt, metadata: JSON.parse(metadata) as Record<string, string> }
}

/** The octets in a buffer of their own, which can be given away. The digest is looked at where they are written. */
async function gather(source: BlobSource): Promise<Uint8Array<ArrayBuffer>> {
  const octets = new Uint8Array(source.length)
  let length = 0
  for await (const chunk of source.open()) {
    if (length + chunk.length > source.length)
      throw new BlobMismatchError(`more octets came than the ${source.length} announced`)
    octets.set(chunk, length)
    length += chunk.length
  }
  if (length < source.length) throw new BlobMismatchError(`${length} octets came instead of ${source.length}`)
  return octets
}
