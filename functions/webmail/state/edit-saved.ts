import type { Email, GetResponse } from '../jmap/types.ts'
import { editSaved } from './begin-draft.ts'
import { takeWholes, WHOLE, wholeOf } from './emails.ts'
import { notifyFailure } from './notices.ts'
import { current, openBatch, send } from './session.ts'

/** Opens a draft of the server's in the editor. */
export async function editSavedById(id: string): Promise<void> {
  try {
    const known = wholeOf(id) ?? (await load(id))
    if (known) editSaved(known)
  } catch (error) {
    notifyFailure('The draft could not be opened.', error, () => editSavedById(id))
  }
}

async function load(id: string): Promise<Email | undefined> {
  const batch = openBatch()
  const got = batch.call<GetResponse<Email>>('Email/get', {
    accountId: current().accountId,
    ids: [id],
    properties: WHOLE,
    bodyProperties: ['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid'],
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
  })
  await send(batch)
  const { list } = got.result()
  takeWholes(list)
  return list[0]
}
