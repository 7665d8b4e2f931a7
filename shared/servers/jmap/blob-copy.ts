import { id, listOf, readArguments, text } from './arguments.ts'
import { openBlob } from './blobs.ts'
import { requestedIds } from './get.ts'
import { type Call, MethodError } from './method.ts'
import { orNull } from './set.ts'

/** Blob/copy (RFC 8620 §6.3). There is one account: what is copied within it is there already. */
export async function blobCopy(call: Call, given: Record<string, unknown>) {
  const { fromAccountId, blobIds } = readArguments(given, { fromAccountId: text, blobIds: listOf(id) })
  if (fromAccountId !== call.accountId) throw new MethodError('fromAccountNotFound')
  const copied = new Map<string, string>()
  const notCopied = new Map<string, unknown>()
  for (const blobId of requestedIds(call, blobIds)) {
    if ((await openBlob(call, blobId)) === undefined) notCopied.set(blobId, { type: 'blobNotFound' })
    else copied.set(blobId, blobId)
  }
  return { fromAccountId, copied: orNull(copied), notCopied: orNull(notCopied) }
}
