import { signedIn } from '../state/session.ts'
import { Layout } from './layout.tsx'
import { loadStyle } from './load-style.ts'
import { OperatorGate } from './operator-gate.tsx'
import { place } from './place.ts'

await loadStyle()

/** What an administrator sees of the tenant, and an operator of all of them; the rest of the app loads it when it is first opened. */
export default function Administration(_: { path: readonly string[] }) {
  if (place.value.as === 'operator') {
    return (
      <OperatorGate>
        <Layout />
      </OperatorGate>
    )
  }
  if (signedIn.value?.administrator) return <Layout />
  return (
    <div class="page">
      <h1>Administration</h1>
      <p>This is for administrators of your domain. Whoever administers it can make you one.</p>
    </div>
  )
}
