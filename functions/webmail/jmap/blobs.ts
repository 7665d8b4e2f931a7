import { Failure } from './failure.ts'
import type { Session } from './types.ts'

export interface Uploaded {
  blobId: string
  type: string
  size: number
}

/** RFC 8620 §6.1. XMLHttpRequest, as fetch tells nothing of an upload's progress. */
export function upload(
  session: Session,
  accountId: string,
  file: Blob,
  options: { onProgress(share: number): void; signal: AbortSignal },
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', expand(session.uploadUrl, { accountId }))
    xhr.setRequestHeader('content-type', file.type || 'application/octet-stream')
    xhr.responseType = 'json'
    xhr.upload.onprogress = ({ loaded, total }) => options.onProgress(total > 0 ? loaded / total : 0)
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300 && xhr.response?.blobId) resolve(xhr.response as Uploaded)
      else if (xhr.status === 413)
        reject(new Failure('refused', 'This file is larger than the server takes.', 'tooLarge'))
      else if (xhr.status === 401) reject(new Failure('signed-out', 'Please sign in again.'))
      else reject(new Failure('busy', xhr.response?.detail ?? xhr.response?.message ?? 'The upload failed.'))
    }
    xhr.onerror = () => reject(new Failure('offline', 'The upload was interrupted.'))
    xhr.onabort = () => reject(new Failure('refused', 'The upload was cancelled.'))
    options.signal.addEventListener('abort', () => xhr.abort())
    xhr.send(file)
  })
}

/** Where a blob is read, under the name and type its reader is to see (RFC 8620 §6.2). */
export function downloadUrl(
  session: Session,
  accountId: string,
  blob: { blobId: string; name: string | null; type: string },
): string {
  const { blobId, type } = blob
  return expand(session.downloadUrl, { accountId, blobId, type, name: blob.name || 'attachment' })
}

/** RFC 6570, level 1: all that JMAP's templates may use. */
export function expand(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .split('{')
    .map((piece, at) => {
      if (at === 0) return piece
      const end = piece.indexOf('}')
      return encodeURIComponent(values[piece.slice(0, end)] ?? '') + piece.slice(end + 1)
    })
    .join('')
}
