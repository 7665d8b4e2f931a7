/** One object to S3, never over another: by one PUT, or in parts where it is large. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { log } from '../../log.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { checkedOctets, inPieces } from './checked-source.ts'
import { isNamed } from './failures.ts'

export interface Upload {
  client: S3Client
  bucket: string
  name: string
  source: BlobSource
  metadata: Record<string, string>
}

/** One try of one PUT, streamed. S3 compares the digest too, and keeps nothing where it differs. */
export async function putObject({ client, bucket, name, source, metadata }: Upload): Promise<void> {
  const octets = checkedOctets(source)
  // An empty body has no last chunk to hold back: it is checked here.
  const body = source.length === 0 ? await nothing(octets) : Readable.from(octets, { objectMode: false })
  // The SDK would wait for the rest of a body that broke off.
  const broken = new AbortController()
  if (body instanceof Readable) body.once('error', (error) => broken.abort(error))
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: name,
        Body: body,
        ContentLength: source.length,
        ChecksumSHA256: Buffer.from(source.sha256, 'hex').toString('base64'),
        IfNoneMatch: '*',
        Metadata: metadata,
      }),
      { abortSignal: broken.signal },
    )
  } catch (error) {
    throw broken.signal.reason ?? error
  } finally {
    if (body instanceof Readable) body.destroy()
  }
}

async function nothing(octets: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  for await (const octet of octets) return octet
  return new Uint8Array()
}

/** One try in parts of `partOctets`, of which one is in memory. What an interrupted one leaves, the bucket's lifecycle removes. */
export async function putInParts(upload: Upload, partOctets: number): Promise<void> {
  const { client, bucket, name, source, metadata } = upload
  const object = { Bucket: bucket, Key: name }
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...object, Metadata: metadata, ChecksumAlgorithm: 'SHA256' }),
  )
  try {
    const parts: CompletedPart[] = []
    for await (const piece of inPieces(checkedOctets(source), partOctets)) {
      const ChecksumSHA256 = createHash('sha256').update(piece).digest('base64')
      const PartNumber = parts.length + 1
      const { ETag } = await client.send(
        new UploadPartCommand({ ...object, UploadId, PartNumber, Body: piece, ChecksumSHA256 }),
      )
      parts.push({ PartNumber, ETag, ChecksumSHA256 })
    }
    await client.send(
      new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' }),
    )
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch((failure) => {
      // It was completed, and only the answer was lost.
      if (!isNamed(failure, 'NoSuchUpload')) log.warn('multipart-upload-left-behind', { name, error: failure })
    })
    throw error
  }
}
