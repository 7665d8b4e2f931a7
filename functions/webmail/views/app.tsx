import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { isOperatorsPlace, route } from '../state/route.ts'
import { expired, resume, signedIn } from '../state/session.ts'
import { Button } from './button.tsx'
import { Lazy } from './lazy.tsx'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'

export function App() {
  const [failure, setFailure] = useState<unknown>()
  const start = () => {
    setFailure(undefined)
    resume().catch(setFailure)
  }
  useEffect(start, [])
  if (failure !== undefined) {
    return (
      <main class="start-failure">
        <h1>Tubepost</h1>
        <p role="alert">{messageOf(failure)}</p>
        <Button kind="primary" onClick={start}>
          Try again
        </Button>
      </main>
    )
  }
  if (signedIn.value === undefined) {
    return (
      <main class="start" aria-busy="true">
        <h1 class="unseen">Tubepost</h1>
        <span class="spinner" />
        <span class="unseen">Loading</span>
      </main>
    )
  }
  if (signedIn.value === null && isOperatorsPlace(route.value))
    return <Lazy load={() => import('../admin/operator-page.tsx')} path={route.value.path} />
  if (signedIn.value === null) return <SignIn />
  return (
    <>
      <Shell />
      {expired.value && (
        <div class="over-all">
          <SignIn again />
        </div>
      )}
    </>
  )
}
