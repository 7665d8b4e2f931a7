import { signal } from '@preact/signals'
import { Batch } from '../jmap/batch.ts'
import { Failure } from '../jmap/failure.ts'
import { postJson, request, requestJson } from '../jmap/http.ts'
import { MAIL, type Session } from '../jmap/types.ts'

export interface SignedIn {
  email: string
  accountId: string
  administrator: boolean
  session: Session
}

/** undefined: not known yet; null: nobody is signed in. */
export const signedIn = signal<SignedIn | null | undefined>(undefined)
/** A session ended under an open app: what is on the screen stays, and the sign-in stands before it. */
export const expired = signal(false)

interface Person {
  email: string
  accountId: string
  administrator?: boolean
}

/** Who this browser's cookie belongs to, if anybody. Throws `Failure` where the server cannot be asked. */
export async function resume(): Promise<void> {
  try {
    await enter(await requestJson<Person>('/auth/session'))
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'signed-out') throw error
    signedIn.value = null
  }
}

/** Throws `Failure`: `signed-out` where the password is not theirs. */
export async function signIn(email: string, password: string): Promise<void> {
  await enter(await postJson<Person>('/auth/sign-in', { email, password }))
  expired.value = false
}

async function enter({ email, accountId, administrator = false }: Person): Promise<void> {
  const session = atOwnOrigin(await requestJson<Session>('/jmap/session'))
  const account = session.primaryAccounts[MAIL] ?? accountId
  signedIn.value = { email, accountId: account, administrator, session }
}

/** The server may be told another name or scheme by what stands before it; the page's own origin is the one that its cookie and policy are for. */
function atOwnOrigin(session: Session): Session {
  const path = (url: string) => (url.startsWith('http') ? url.slice(url.indexOf('/', url.indexOf('//') + 2)) : url)
  const { apiUrl, downloadUrl, uploadUrl, eventSourceUrl } = session
  return {
    ...session,
    apiUrl: path(apiUrl),
    downloadUrl: path(downloadUrl),
    uploadUrl: path(uploadUrl),
    eventSourceUrl: path(eventSourceUrl),
  }
}

export async function signOut(): Promise<void> {
  await request('/auth/sign-out', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  sessionStorage.clear()
  localStorage.removeItem('tubepost-draft-left')
  // Everything that was read goes with the page.
  location.reload()
}

export function current(): SignedIn {
  const known = signedIn.value
  if (!known) throw new Failure('signed-out', 'Please sign in again.')
  return known
}

export function openBatch(): Batch {
  return new Batch(current().session)
}

/** Sends, and puts the sign-in before the app where the session has ended. */
export async function send(batch: Batch): Promise<void> {
  try {
    await batch.send()
  } catch (error) {
    noticeExpiry(error)
    throw error
  }
}

export function noticeExpiry(error: unknown): void {
  if (error instanceof Failure && error.kind === 'signed-out' && signedIn.value) expired.value = true
}

export function hasCapability(uri: string): boolean {
  return signedIn.value?.session.capabilities[uri] !== undefined
}
