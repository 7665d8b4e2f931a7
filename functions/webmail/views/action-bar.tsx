import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import {
  archive,
  destroy,
  emailIdsOf,
  isFlagged,
  isUnread,
  junk,
  notJunk,
  setKeyword,
  subjects,
  toInbox,
  toTrash,
} from '../state/actions.ts'
import { emailsVersion, summaryOf } from '../state/emails.ts'
import { mailboxById, mailboxByRole } from '../state/mailboxes.ts'
import { list, selectAllLoaded, selection } from '../state/message-list.ts'
import { go, route } from '../state/route.ts'
import { Button, IconButton } from './button.tsx'
import { Dialog } from './dialog.tsx'
import type { MenuItem } from './menu.tsx'
import { Menu } from './menu.tsx'
import { moving } from './move-dialog.tsx'

/** Asked before what cannot be undone. */
export const destroying = signal<readonly string[] | undefined>(undefined)

/** The role of the folder that the commands start from; in a search, of the folder of the row. */
export function roleHere(): string | null | undefined {
  const open = list.value
  if (open?.mailboxId !== undefined) return mailboxById(open.mailboxId)?.role
  const ids = Object.keys(summaryOf(subjects()[0] ?? '')?.mailboxIds ?? {})
  return ids.length === 1 ? mailboxById(ids[0])?.role : undefined
}

export function runDelete(heads: readonly string[]): void {
  if (heads.length === 0) return
  const role = roleHere()
  if (role === 'trash' || role === 'drafts') destroying.value = heads
  else void toTrash(heads)
}

export function runArchive(heads: readonly string[]): void {
  if (heads.length === 0) return
  if (roleHere() === 'archive') void toInbox(heads)
  else void archive(heads)
}

export function markUnread(heads: readonly string[]): void {
  const to = route.value
  void setKeyword(heads, '$seen', false)
  if (to.view === 'mail' && to.thread !== undefined) go({ ...to, thread: undefined })
}

/** What can be done with the selected rows, or else with the open conversation: one bar, wherever it stands. */
export function ActionBar() {
  emailsVersion.value // flags and unread follow what is known
  const heads = subjects()
  const role = roleHere()
  const flagged = heads.some(isFlagged)
  const unread = heads.some(isUnread)
  const inJunk = role === 'junk'
  const more: MenuItem[] = [
    unread
      ? { label: 'Mark as read', icon: 'check', run: () => setKeyword(heads, '$seen', true) }
      : { label: 'Mark as unread', icon: 'unread', shortcut: 'u', run: () => markUnread(heads) },
    ...(role === 'inbox' || !mailboxByRole('inbox')
      ? []
      : [{ label: 'Move to inbox', icon: 'inbox' as const, run: () => toInbox(heads) }]),
    ...(selection.value.size > 0
      ? [{ label: 'Select all shown', icon: 'list' as const, shortcut: '*', run: selectAllLoaded }]
      : []),
    { label: 'Delete for good', icon: 'trash', danger: true, run: () => (destroying.value = heads) },
  ]
  return (
    <div class="actions" role="toolbar" aria-label="Actions">
      {role !== 'archive' && (
        <IconButton icon="archive" label="Archive" shortcut="e" onClick={() => runArchive(heads)} />
      )}
      {role === 'archive' && <IconButton icon="inbox" label="Move to inbox" onClick={() => toInbox(heads)} />}
      <IconButton icon="trash" label="Delete" shortcut="#" onClick={() => runDelete(heads)} />
      <IconButton
        icon={inJunk ? 'inbox' : 'junk'}
        label={inJunk ? 'Not junk' : 'Junk'}
        shortcut="!"
        onClick={() => (inJunk ? notJunk(heads) : junk(heads))}
      />
      <IconButton icon="move" label="Move" shortcut="v" onClick={() => (moving.value = heads)} />
      <IconButton
        icon="flag"
        label="Flag"
        shortcut="s"
        pressed={flagged}
        class={flagged ? 'flagged' : ''}
        onClick={() => setKeyword(heads, '$flagged', !flagged)}
      />
      <Menu label="More" items={more} />
    </div>
  )
}

/** Yes or no before a message goes for good. */
export function DestroyDialog() {
  const heads = destroying.value
  const [busy, setBusy] = useState(false)
  if (heads === undefined) return null
  const close = () => (destroying.value = undefined)
  const run = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    await destroy(emailIdsOf(heads), heads)
    setBusy(false)
    close()
  }
  return (
    <Dialog title="Delete for good?" onClose={close} class="small">
      <form onSubmit={run}>
        <p>
          {heads.length === 1 ? 'This conversation' : `These ${heads.length} conversations`} cannot be brought back.
        </p>
        <footer>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="danger" busy={busy}>
            Yes, for good
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
