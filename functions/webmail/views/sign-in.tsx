import { useEffect, useRef, useState } from 'preact/hooks'
import { Failure, messageOf } from '../jmap/failure.ts'
import { signedIn, signIn } from '../state/session.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

/** `again`: a session ended, and the app waits behind. */
export function SignIn({ again = false }: { again?: boolean }) {
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    document.title = 'Sign in – Tubepost'
    const first = again ? 'password' : 'email'
    ;(form.current!.elements.namedItem(first) as HTMLElement).focus()
  }, [])
  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    if (busy) return
    const data = new FormData(form.current!)
    setFailure(undefined)
    setBusy(true)
    try {
      await signIn(String(data.get('email')).trim(), String(data.get('password')))
    } catch (error) {
      const wrong = error instanceof Failure && (error.kind === 'signed-out' || error.kind === 'refused')
      setFailure(wrong ? 'That email address and password do not belong together.' : messageOf(error))
      ;(form.current?.elements.namedItem('password') as HTMLInputElement | undefined)?.select()
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="sign-in">
      <form ref={form} onSubmit={submit} noValidate>
        <div class="brand big">
          <span class="mark">
            <Icon name="unread" />
          </span>
          Tubepost
        </div>
        <h1>{again ? 'Please sign in again' : 'Sign in to your mail'}</h1>
        {again && <p class="hint">Your session has ended. What you were writing is kept.</p>}
        <label>
          <span>Email address</span>
          <input
            name="email"
            type="email"
            autocomplete="username"
            inputMode="email"
            spellcheck={false}
            autocapitalize="none"
            required
            dir="auto"
            defaultValue={again ? signedIn.value?.email : undefined}
            readOnly={again}
            aria-invalid={failure !== undefined}
            aria-describedby={failure ? 'sign-in-failure' : undefined}
          />
        </label>
        <label>
          <span>Password</span>
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            aria-invalid={failure !== undefined}
            aria-describedby={failure ? 'sign-in-failure' : undefined}
          />
        </label>
        <p id="sign-in-failure" class="failure" role="alert">
          {failure}
        </p>
        <Button type="submit" kind="primary" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  )
}
