/**
 * Write-once objects, shaped by what S3 offers. Names are `<kind>/<tenant>/…`, printable ASCII, ≤ 900 octets; listing is in the
 * order of their octets.
 */

/** Octets that can be read again when a put is retried. */
export interface BlobSource {
  /** Octets. */
  length: number
  /** SHA-256 of them, hexadecimal. */
  sha256: string
  open(): AsyncIterable<Uint8Array>
}

export interface BlobInfo {
  name: string
  length: number
  sha256: string
  /** Milliseconds since 1970. */
  writtenAt: number
  /** Printable ASCII, ≤ 2,000 octets with its names. */
  metadata: Record<string, string>
}

export interface BlobContent extends BlobInfo {
  /** The octets asked for. Ending the iteration early frees what it holds. */
  content: AsyncIterable<Uint8Array>
}

export interface GetOptions {
  /** Nobody looks at a chunk any more once the next is asked for: its memory may be that of the next, as new memory for each is most of what reading costs. */
  fleeting?: boolean
}

export interface PutOptions {
  /** Who works on new objects has nothing to do with this one. It may hear of it nonetheless: where the store announces objects by itself, it cannot know. */
  unannounced?: boolean
}

/** `end` is exclusive. A range that reaches past the end is cut there; one that begins there or later gives no octets. */
export interface Range {
  start: number
  end: number
}

export interface BlobEntry {
  name: string
  length: number
  writtenAt: number
}

export interface Blobs {
  /**
   * Durable when it resolves. A repeat with the same digest succeeds and changes nothing; another digest under the same name throws
   * `BlobExistsError`. Content that does not match its length and digest throws `BlobMismatchError`, and nothing is kept.
   * RangeError for names and metadata that no engine can take.
   */
  put(name: string, source: BlobSource, metadata?: Record<string, string>, options?: PutOptions): Promise<void>
  head(name: string): Promise<BlobInfo | undefined>
  /** Undefined where there is no such object. Throws `BlobLostError`. */
  get(name: string, range?: Range, options?: GetOptions): Promise<BlobContent | undefined>
  /**
   * Small objects whole, at most 100, in the order of `names`, where an engine has a way that costs less than a `get` of each. Undefined where there is none,
   * and where this is not the way to it: then `get` tells.
   */
  getMany?(names: readonly string[]): Promise<(Uint8Array | undefined)[]>
  /** At most 1,000 (or `limit`) entries whose names begin with `prefix` and come after `after`, in order; fewer only at the end. */
  list(prefix: string, options?: { after?: string; limit?: number }): Promise<BlobEntry[]>
  /** Succeeds where there is none. */
  delete(name: string): Promise<void>
  /**
   * Takes away for ever up to 1,000 objects whose names begin with `prefix`, with every version that the engine keeps of them and of those deleted before;
   * to be called until there was nothing. Repeatable.
   */
  purge(prefix: string): Promise<Purged>
  /** A link that anybody can read for `seconds`, as an attachment of this file name. */
  link(name: string, options: { seconds: number; filename: string; contentType?: string }): Promise<string>
  /** A link by which anybody can put this very object for `seconds`: other octets than those of that length and digest are refused. */
  uploadLink(name: string, options: { seconds: number; length: number; sha256: string }): Promise<UploadLink>
}

/** For one HTTP PUT. */
export interface UploadLink {
  url: string
  /** Fields that the request has to carry as they stand here. */
  headers: Record<string, string>
}

export interface Purged {
  /** Of objects, deleted ones included. */
  versions: number
  octets: number
}

export class BlobExistsError extends Error {
  override readonly name = 'BlobExistsError'
}

/** What the engine says of the object is there, and its octets are not, or not all: they were lost, by a fault of the disk or by hand. */
export class BlobLostError extends Error {
  override readonly name = 'BlobLostError'
}

export class BlobMismatchError extends Error {
  override readonly name = 'BlobMismatchError'
}

/** Everything below a prefix, for ever. */
export async function purgeAll(blobs: Pick<Blobs, 'purge'>, prefix: string): Promise<Purged> {
  const all: Purged = { versions: 0, octets: 0 }
  for (;;) {
    const { versions, octets } = await blobs.purge(prefix)
    if (versions === 0) return all
    all.versions += versions
    all.octets += octets
  }
}

/** Every entry below a prefix, page by page. */
export async function* listAll(blobs: Pick<Blobs, 'list'>, prefix: string, from?: string): AsyncGenerator<BlobEntry> {
  let after = from
  for (;;) {
    const page = await blobs.list(prefix, after === undefined ? {} : { after })
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.name
  }
}
