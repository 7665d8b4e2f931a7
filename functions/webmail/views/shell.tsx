import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { loadAccountSettings } from '../state/account-settings.ts'
import { draft, restoreDraft, saveNow } from '../state/compose.ts'
import { loadIdentities } from '../state/identities.ts'
import { startLive, sync } from '../state/live.ts'
import { folders, loadMailboxes, mailboxById, mailboxByRole, mailboxes, nameOf } from '../state/mailboxes.ts'
import { listVersion, openList, refreshList, unreadOnly } from '../state/message-list.ts'
import { density } from '../state/preferences.ts'
import { loadQuota } from '../state/quota.ts'
import { route } from '../state/route.ts'
import { expired, signedIn } from '../state/session.ts'
import { DestroyDialog } from './action-bar.tsx'
import { Button } from './button.tsx'
import { Compose } from './compose.tsx'
import { Folders } from './folders.tsx'
import { Lazy } from './lazy.tsx'
import { ListPane } from './list-pane.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { Notices } from './notices.tsx'
import { ReadingPane } from './reading-pane.tsx'
import { useShortcuts } from './shortcuts.ts'
import { TopBar } from './top-bar.tsx'

/** The list of keys, open or not. */
export const helpOpen = signal(false)

/** Everything behind the sign-in. */
export function Shell() {
  const [failure, setFailure] = useState<unknown>()
  const load = () => {
    setFailure(undefined)
    loadMailboxes().then(() => {
      restoreDraft()
      startLive()
    }, setFailure)
    for (const each of [loadIdentities, loadAccountSettings, loadQuota]) {
      each().catch((error: unknown) => console.warn(error)) // mail is read without them; the settings tell of it
    }
  }
  useEffect(load, [])
  useEffect(() => {
    // Who came back after a session had ended sees what came meanwhile.
    if (expired.value || !mailboxes.value) return
    sync()
    void saveNow().catch(() => undefined) // the editor says so, and tries again
  }, [expired.value])
  useShortcuts()
  const to = route.value
  const mailboxId =
    to.view === 'mail' && to.search === undefined ? (to.mailbox ?? mailboxByRole('inbox')?.id) : undefined
  const search = to.view === 'mail' ? to.search : undefined
  const known = mailboxes.value !== undefined
  useEffect(() => {
    if (known && to.view === 'mail' && (mailboxId !== undefined || search !== undefined))
      openList({ mailboxId, search })
  }, [known, to.view, mailboxId, search, unreadOnly.value])
  useEffect(() => {
    document.title = titleOf()
  })
  if (failure !== undefined) {
    return (
      <main class="start-failure">
        <h1>Tubepost</h1>
        <p role="alert">{messageOf(failure)}</p>
        <Button kind="primary" onClick={load}>
          Try again
        </Button>
      </main>
    )
  }
  const pane = to.view !== 'mail' ? 'page' : to.thread === undefined ? 'list' : 'conversation'
  return (
    <div
      class="app"
      data-pane={pane}
      data-density={density.value}
      data-composing={draft.value !== undefined}
      inert={expired.value}
    >
      <Button class="skip" onClick={() => document.querySelector<HTMLElement>('main')?.focus()}>
        Skip to content
      </Button>
      <TopBar />
      <Folders />
      <main tabIndex={-1}>
        {to.view === 'mail' && (
          <>
            <ListPane />
            <ReadingPane />
          </>
        )}
        {to.view === 'settings' && <Lazy load={() => import('../settings/settings.tsx')} section={to.section} />}
        {to.view === 'admin' && <Lazy load={() => import('../admin/main.tsx')} path={to.path} />}
      </main>
      <Compose />
      <MoveDialog />
      <DestroyDialog />
      {helpOpen.value && <Lazy load={() => import('./help.tsx')} onClose={() => (helpOpen.value = false)} />}
      <Notices />
    </div>
  )
}

function titleOf(): string {
  listVersion.value // a title follows what is shown
  const to = route.value
  const unread = mailboxByRole('inbox')?.unreadThreads ?? 0
  const count = unread > 0 ? `(${unread}) ` : ''
  if (to.view === 'settings') return `${count}Settings – Tubepost`
  if (to.view === 'admin') return `${count}Administration – Tubepost`
  const mailbox = mailboxById(to.mailbox) ?? mailboxByRole('inbox')
  const place = to.search === undefined ? mailbox && nameOf(mailbox) : `Search: ${to.search}`
  return `${count}${place ?? 'Mail'} – ${signedIn.value?.email ?? 'Tubepost'}`
}

/** For the button that asks anew. */
export function refreshAll(): void {
  sync()
  if (folders.value.length > 0) void refreshList().catch(() => undefined) // the list shows its own failure
}
