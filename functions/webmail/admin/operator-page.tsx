import { useEffect } from 'preact/hooks'
import { Icon } from '../views/icons.tsx'
import { Notices } from '../views/notices.tsx'
import Administration from './main.tsx'

/** The administration for an operator who has no account: without the mail around it. */
export default function OperatorPage({ path }: { path: readonly string[] }) {
  useEffect(() => {
    document.title = 'Administration – Tubepost'
  }, [])
  return (
    <div class="operator-page">
      <header>
        <a class="brand" href="#/" aria-label="Tubepost: sign in">
          <span class="mark">
            <Icon name="unread" />
          </span>
          <span class="brand-name">Tubepost</span>
        </a>
      </header>
      <main tabIndex={-1}>
        <Administration path={path} />
      </main>
      <Notices />
    </div>
  )
}
