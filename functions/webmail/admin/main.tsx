import { signedIn } from '../state/session.ts'

/** What an administrator sees of the tenant; the rest of the app loads it when it is first opened. */
export default function Administration({ path }: { path: readonly string[] }) {
  if (!signedIn.value?.administrator) return <div class="page">This is for administrators.</div>
  return (
    <div class="page" data-path={path.join('/')}>
      <h1>Administration</h1>
    </div>
  )
}
