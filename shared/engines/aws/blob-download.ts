/** Objects from S3, whole or by range, as streams that outlive a broken connection and cost nothing while nobody reads them. */
import type { Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import type { Range } from '../../ports/blobs.ts'
import { isNamed } from './failures.ts'
import { type Patience, pause, repeatable } from './retries.ts'

export interface DownloadOptions {
  client: S3Client
  bucket: string
  patience: Patience
}

export interface Download {
  /** Of the whole object. */
  length: number
  answer: GetObjectCommandOutput
  content: AsyncIterable<Uint8Array>
}

/** How often a download is taken up again where its connection broke, and how much has to come for it to count anew. */
const RESUMES = 3
const PROGRESS_OCTETS = 16 * 1024
/** Answers whose body nobody has begun to read; beyond these the oldest is let go, and asked for again if somebody does. */
const MAX_UNREAD = 16

/** Answers `'outside'` for a range that begins behind the end, `'absent'` where there is no object. */
export function downloader({ client, bucket, patience }: DownloadOptions) {
  const unread = new Set<Readable>()

  async function open(name: string, range?: Range) {
    const Range = range && `bytes=${range.start}-${range.end - 1}`
    const command = new GetObjectCommand({ Bucket: bucket, Key: name, ...(Range === undefined ? {} : { Range }) })
    try {
      const answer = await repeatable(patience, () => client.send(command))
      const body = answer.Body as unknown as Readable
      body.on('error', () => undefined) // told to who reads it; nobody may
      // `bytes 0-99/1234`: the whole length stands behind the slash.
      const whole = answer.ContentRange?.slice(answer.ContentRange.lastIndexOf('/') + 1)
      return { answer, body, length: whole === undefined ? (answer.ContentLength ?? 0) : Number(whole) }
    } catch (error) {
      if (isNamed(error, 'InvalidRange')) return 'outside'
      if (isNamed(error, 'NoSuchKey')) return 'absent'
      throw error
    }
  }

  function hold(body: Readable): void {
    unread.add(body)
    const [oldest] = unread
    if (unread.size <= MAX_UNREAD || oldest === undefined) return
    unread.delete(oldest)
    oldest.destroy()
  }

  /** Objects never change, so what is missing after a broken connection can be asked for by its place. */
  async function* octets(name: string, start: number, end: number, first: Readable): AsyncGenerator<Uint8Array> {
    unread.delete(first)
    let from = first.destroyed ? await reopen(name, start, end) : first
    let at = start
    for (let resumes = 0; ; resumes++) {
      const begun = at
      let broken: unknown
      try {
        for await (const chunk of from as AsyncIterable<Uint8Array>) {
          at += chunk.length
          yield chunk
        }
      } catch (error) {
        broken = error
      }
      if (broken === undefined && at === end) return
      if (at - begun >= PROGRESS_OCTETS) resumes = 0
      if (resumes >= RESUMES) throw new Error(`${name} broke off at octet ${at} of ${end}`, { cause: broken })
      await pause(patience, resumes + 1)
      from = await reopen(name, at, end)
    }
  }

  async function reopen(name: string, start: number, end: number): Promise<Readable> {
    const again = await open(name, { start, end })
    if (typeof again === 'string') throw new Error(`${name} is gone while it is read`)
    return again.body
  }

  return async (name: string, range?: Range): Promise<Download | 'outside' | 'absent'> => {
    const opened = await open(name, range)
    if (typeof opened === 'string') return opened
    const { answer, body, length } = opened
    hold(body)
    const start = range?.start ?? 0
    const end = Math.min(range?.end ?? length, length)
    return { answer, length, content: octets(name, start, end, body) }
  }
}
