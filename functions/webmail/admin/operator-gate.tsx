import type { ComponentChildren } from 'preact'
import { Button } from '../views/button.tsx'
import { keepOperatorKey, keyRefused, operatorKey } from './operator-key.ts'

/** Asks for the operator's key where there is none yet. */
export function OperatorGate({ children }: { children: ComponentChildren }) {
  if (operatorKey.value !== '') return <>{children}</>
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const key = String(new FormData(event.currentTarget as HTMLFormElement).get('key')).trim()
    if (key !== '') keepOperatorKey(key)
  }
  return (
    <div class="page">
      <h1>Operator</h1>
      <form class="form card operator-key" onSubmit={submit}>
        <p>The operator’s key opens all tenants. It is kept until this tab is closed, and nowhere else.</p>
        <label>
          <span>Operator key</span>
          {/* No browser is asked to remember it. */}
          <input name="key" type="password" autocomplete="off" required aria-describedby="key-failure" />
        </label>
        <p id="key-failure" class="failure" role="alert">
          {keyRefused.value ? 'This key opens nothing here.' : undefined}
        </p>
        <footer>
          <Button type="submit" kind="primary">
            Continue
          </Button>
        </footer>
      </form>
    </div>
  )
}
