/** Objects in an S3 bucket, under their own names. */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import {
  type BlobContent,
  type BlobEntry,
  BlobExistsError,
  type BlobInfo,
  type BlobSource,
  type Blobs,
  type Range,
} from '../../ports/blobs.ts'
import { downloader } from './blob-download.ts'
import { putInParts, putObject } from './blob-upload.ts'
import { SourceFailure } from './checked-source.ts'
import { attachmentDisposition } from './content-disposition.ts'
import { failureOf, isNamed } from './failures.ts'
import { type Patience, pause, repeatable } from './retries.ts'

export interface BlobsOptions {
  /** Makes one attempt for each command. */
  client: S3Client
  bucket: string
  patience: Patience
  /** Objects above this go up in parts. */
  singlePutOctets: number
  /** At least 5 MiB, which S3 asks of every part but the last. */
  partOctets: number
}

/** Our own entry of an object's metadata: S3 keeps no whole-object SHA-256 of what came in parts. 47 octets of the 2,048. */
const DIGEST = 'sha'
const MAX_METADATA_OCTETS = 2000
const MAX_NAME_OCTETS = 900
const PAGE = 1000
/** Seven days, the most a signature lasts. */
const MAX_LINK_SECONDS = 604_800

export function openBlobs({ client, bucket, patience, singlePutOctets, partOctets }: BlobsOptions): Blobs {
  const download = downloader({ client, bucket, patience })

  async function put(name: string, source: BlobSource, metadata: Record<string, string> = {}): Promise<void> {
    checkName(name)
    checkMetadata(metadata)
    checkSource(source)
    const digest = Buffer.from(source.sha256, 'hex').toString('base64')
    const upload = { client, bucket, name, source, metadata: { ...metadata, [DIGEST]: digest } }
    const inParts = source.length > singlePutOctets
    for (let attempt = 1; ; attempt++) {
      try {
        return await (inParts ? putInParts(upload, partOctets) : putObject(upload))
      } catch (error) {
        if (error instanceof SourceFailure) throw error.cause
        const failure = failureOf(error)
        if (isPrecondition(error) || (inParts && failure === 'unknown')) {
          // What stands in the way may be our own, put by a try whose answer was lost; a large one is not sent again to learn that.
          const there = await head(name)
          if (there?.sha256 === source.sha256) return
          if (there !== undefined) throw new BlobExistsError(`${name} exists with another content`)
        } else if (failure === 'refused') {
          throw error
        }
        if (attempt >= patience.attempts) throw error
      }
      await pause(patience, attempt)
    }
  }

  async function head(name: string): Promise<BlobInfo | undefined> {
    checkName(name)
    const command = new HeadObjectCommand({ Bucket: bucket, Key: name })
    const answer = await repeatable(patience, () => client.send(command)).catch(undefinedWhereAbsent)
    if (answer === undefined) return undefined
    return infoOf(name, answer.ContentLength ?? 0, answer)
  }

  async function get(name: string, range?: Range): Promise<BlobContent | undefined> {
    checkName(name)
    const start = Math.max(0, range?.start ?? 0)
    if (range && range.end <= start) return withoutContent(name)
    const found = await download(name, range && { start, end: range.end })
    if (found === 'absent') return undefined
    if (found === 'outside') return withoutContent(name)
    return { ...infoOf(name, found.length, found.answer), content: found.content }
  }

  async function withoutContent(name: string): Promise<BlobContent | undefined> {
    const info = await head(name)
    return info && { ...info, content: none() }
  }

  async function list(prefix: string, options: { after?: string; limit?: number } = {}): Promise<BlobEntry[]> {
    const limit = Math.min(options.limit ?? PAGE, PAGE)
    const entries: BlobEntry[] = []
    let token: string | undefined
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        MaxKeys: limit - entries.length,
        // A name before the prefix is no trouble to S3; with a token it goes on by that alone.
        ...(token !== undefined ? { ContinuationToken: token } : {}),
        ...(token === undefined && options.after !== undefined ? { StartAfter: options.after } : {}),
      })
      const answer = await repeatable(patience, () => client.send(command))
      for (const { Key, Size, LastModified } of answer.Contents ?? []) {
        entries.push({ name: Key!, length: Size ?? 0, writtenAt: LastModified?.getTime() ?? 0 })
      }
      token = answer.IsTruncated ? answer.NextContinuationToken : undefined
    } while (token !== undefined && entries.length < limit)
    return entries
  }

  return {
    put,
    head,
    get,
    list,

    async delete(name) {
      checkName(name)
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: name })
      await repeatable(patience, () => client.send(command))
    },

    async purge(prefix) {
      checkName(prefix)
      const listed = await repeatable(patience, () =>
        client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, MaxKeys: PAGE })),
      )
      const versions = listed.Versions ?? []
      // A mark of a deletion is a version without content.
      const all = [...versions, ...(listed.DeleteMarkers ?? [])]
      if (all.length === 0) return { versions: 0, octets: 0 }
      const named = all.map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }))
      const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: named, Quiet: true } })
      const { Errors: [failed] = [] } = await repeatable(patience, () => client.send(command))
      if (failed !== undefined) throw new Error(`${failed.Key} was not purged: ${failed.Code} ${failed.Message}`)
      return { versions: all.length, octets: versions.reduce((sum, { Size = 0 }) => sum + Size, 0) }
    },

    async link(name, { seconds, filename, contentType }) {
      checkName(name)
      if (!(seconds >= 1 && seconds <= MAX_LINK_SECONDS)) throw new RangeError(`a link for ${seconds} seconds`)
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: name,
        ResponseContentDisposition: attachmentDisposition(filename),
        ...(contentType === undefined ? {} : { ResponseContentType: contentType }),
      })
      return getSignedUrl(client, command, { expiresIn: seconds })
    },

    async uploadLink(name, { seconds, length, sha256 }) {
      checkName(name)
      checkSource({ length, sha256 })
      if (!(seconds >= 1 && seconds <= MAX_LINK_SECONDS)) throw new RangeError(`a link for ${seconds} seconds`)
      const digest = Buffer.from(sha256, 'hex').toString('base64')
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: name,
        ContentLength: length,
        ChecksumSHA256: digest,
        IfNoneMatch: '*', // put once, as everything
        Metadata: { [DIGEST]: digest },
      })
      const headers = { 'if-none-match': '*', 'x-amz-checksum-sha256': digest, [`x-amz-meta-${DIGEST}`]: digest }
      // As header fields, not in the URL: only there does S3 hold the octets to their digest.
      const url = await getSignedUrl(client, command, {
        expiresIn: seconds,
        unhoistableHeaders: new Set(Object.keys(headers)),
      })
      return { url, headers }
    },
  }
}

interface Described {
  Metadata?: Record<string, string> | undefined
  LastModified?: Date | undefined
}

function infoOf(name: string, length: number, { Metadata = {}, LastModified }: Described): BlobInfo {
  const { [DIGEST]: digest, ...metadata } = Metadata
  if (digest === undefined) throw new Error(`${name} was not put by Tubepost: it has no digest`)
  return {
    name,
    length,
    sha256: Buffer.from(digest, 'base64').toString('hex'),
    writtenAt: LastModified?.getTime() ?? 0,
    metadata,
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

/** HEAD has no body to name its error in: there it is only the status. */
function isAbsent(error: unknown): boolean {
  return isNamed(error, 'NoSuchKey', 'NotFound')
}

function undefinedWhereAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error
  return undefined
}

function isPrecondition(error: unknown): boolean {
  return isNamed(error, 'PreconditionFailed')
}

function checkName(name: string): void {
  if (!/^[\x21-\x7e][\x20-\x7e]*$/.test(name) || name.length > MAX_NAME_OCTETS) {
    throw new RangeError(`no object can be named ${JSON.stringify(name)}`)
  }
}

function checkSource({ length, sha256 }: Pick<BlobSource, 'length' | 'sha256'>): void {
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`no length of an object: ${length}`)
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`no SHA-256 in hexadecimal: ${sha256}`)
}

/** Header fields are trimmed on their way and their names lose their case: what would not come back as it was is refused. */
function checkMetadata(metadata: Record<string, string>): void {
  let octets = 0
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9-]+$/.test(name) || name === DIGEST)
      throw new RangeError(`no metadata can be named ${JSON.stringify(name)}`)
    if (!/^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(value))
      throw new RangeError(`metadata ${name} is not printable ASCII`)
    octets += name.length + value.length
  }
  if (octets > MAX_METADATA_OCTETS) throw new RangeError(`metadata of ${octets} octets`)
}
