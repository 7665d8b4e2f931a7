import { useEffect, useState } from 'preact/hooks'
import { Failure, messageOf } from '../jmap/failure.ts'
import { request, requestJson } from '../jmap/http.ts'
import { current, expired, openBatch, send } from '../state/session.ts'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { Loading } from './loading.tsx'

interface BrowserSession {
  id: string
  created_at: string
  last_used_at: string
  user_agent: string
  remote_address: string
  /** It is the one that asks. */
  current: boolean
}

/** The password, and the browsers that are signed in. */
export function Security() {
  const [list, setList] = useState<readonly BrowserSession[]>()
  const [failure, setFailure] = useState<string>()
  const load = () => {
    setFailure(undefined)
    requestJson<{ data: BrowserSession[] }>('/auth/sessions').then(
      ({ data }) => setList(data),
      (error) => setFailure(messageOf(error)),
    )
  }
  useEffect(load, [])
  const end = async (id: string) => {
    try {
      await request(`/auth/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
      load()
    } catch (error) {
      setFailure(messageOf(error))
    }
  }
  return (
    <>
      <PasswordForm />
      <h3>Browsers that are signed in</h3>
      <Loading of={list} failure={failure} load={load}>
        <ul class="items" aria-label="Sessions">
          {list?.map((session) => (
            <li key={session.id}>
              <div>
                {browserName(session.user_agent)}
                {session.current && ' (this one)'}
                <small>
                  last used {mediumDate(session.last_used_at)} from {session.remote_address}, since{' '}
                  {mediumDate(session.created_at)}
                </small>
              </div>
              {!session.current && <Button onClick={() => end(session.id)}>Sign it out</Button>}
            </li>
          ))}
        </ul>
      </Loading>
    </>
  )
}

/** As people call them; the order matters, as each claims to be those after it. */
const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const
const SYSTEMS = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS', 'macOS'],
  ['Linux', 'Linux'],
] as const

function browserName(userAgent: string): string {
  const find = (names: readonly (readonly [string, string])[]) => names.find(([mark]) => userAgent.includes(mark))?.[1]
  const browser = find(BROWSERS) ?? 'A browser'
  const system = find(SYSTEMS)
  return system ? `${browser} on ${system}` : browser
}

function PasswordForm() {
  const [old, setOld] = useState('')
  const [wanted, setWanted] = useState('')
  const [again, setAgain] = useState('')
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setFailure(undefined)
    if (wanted !== again) {
      setFailure('The new password is not the same both times.')
      return
    }
    setBusy(true)
    try {
      await changePassword(old, wanted)
      // Every session ends with it, this one too.
      expired.value = true
    } catch (error) {
      const wrong = error instanceof Failure && error.type === 'forbidden'
      setFailure(wrong ? 'The present password is not right.' : messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form class="form" onSubmit={submit}>
      <h3>Password</h3>
      <label>
        <span>Present password</span>
        <input
          type="password"
          autocomplete="current-password"
          required
          value={old}
          onInput={(event) => setOld(event.currentTarget.value)}
        />
      </label>
      <div class="pair">
        <label>
          <span>New password</span>
          <input
            type="password"
            autocomplete="new-password"
            required
            minLength={8}
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>New password, again</span>
          <input
            type="password"
            autocomplete="new-password"
            required
            minLength={8}
            value={again}
            onInput={(event) => setAgain(event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="hint">Every browser is signed out by it; app passwords stay.</p>
      <p class="failure" role="alert">
        {failure}
      </p>
      <footer>
        <Button type="submit" kind="primary" busy={busy}>
          Change the password
        </Button>
      </footer>
    </form>
  )
}

async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  const batch = openBatch()
  const done = batch.call('Password/change', { accountId: current().accountId, oldPassword, newPassword })
  await send(batch)
  done.result()
}
