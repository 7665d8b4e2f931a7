import { useEffect } from 'preact/hooks'
import { isFlagged, isUnread, junk, setKeyword, subjects } from '../state/actions.ts'
import { compose, forward, reply } from '../state/begin-draft.ts'
import { draft } from '../state/compose.ts'
import { summaryOf } from '../state/emails.ts'
import { mailboxByRole } from '../state/mailboxes.ts'
import { list, selectAllLoaded, selection, toggleSelected } from '../state/message-list.ts'
import { shortcutsOn } from '../state/preferences.ts'
import { go, route } from '../state/route.ts'
import { markUnread, runArchive, runDelete } from './action-bar.tsx'
import { activeRow, stepRow } from './message-rows.tsx'
import { moving } from './move-dialog.tsx'
import { answered, closeConversation } from './reading-pane.tsx'
import { focusSearch } from './search.tsx'
import { helpOpen } from './shell.tsx'

interface Shortcut {
  keys: readonly string[]
  what: string
  run(): void
}

/** Rows that a key is for: what is selected, else what is open, else the row that the keyboard is at. */
function targets(): string[] {
  const found = subjects()
  if (found.length > 0) return found
  const id = focusedRow()
  return id === undefined ? [] : [id]
}

/** Undefined while the keyboard is elsewhere: no key may do something to a row that nobody points at. */
function focusedRow(): string | undefined {
  return document.activeElement?.closest('.rows') ? list.value?.ids.get(activeRow()) : undefined
}

function openRow(): void {
  const id = focusedRow()
  const threadId = id === undefined ? undefined : summaryOf(id)?.threadId
  const to = route.value
  if (threadId !== undefined && to.view === 'mail') go({ ...to, thread: threadId })
}

/** The next conversation of the list, while one is open. */
function stepConversation(by: number): void {
  const to = route.value
  stepRow(by)
  if (to.view === 'mail' && to.thread !== undefined) requestAnimationFrame(openRow)
}

function toFolder(role: 'inbox' | 'drafts' | 'sent' | 'archive'): void {
  const mailbox = mailboxByRole(role)
  if (mailbox) go(role === 'inbox' ? { view: 'mail' } : { view: 'mail', mailbox: mailbox.id })
}

function answer(work: (email: NonNullable<ReturnType<typeof answered>>) => void): void {
  const email = answered()
  if (email) work(email)
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['c'], what: 'Write a message', run: () => compose() },
  { keys: ['/'], what: 'Search', run: focusSearch },
  { keys: ['j'], what: 'Next conversation', run: () => stepConversation(1) },
  { keys: ['k'], what: 'Previous conversation', run: () => stepConversation(-1) },
  { keys: ['o'], what: 'Open the conversation', run: openRow },
  { keys: ['r'], what: 'Reply', run: () => answer((email) => reply(email, { all: false })) },
  { keys: ['a'], what: 'Reply all', run: () => answer((email) => reply(email, { all: true })) },
  { keys: ['f'], what: 'Forward', run: () => answer(forward) },
  { keys: ['e'], what: 'Archive', run: () => runArchive(targets()) },
  { keys: ['#', 'Delete'], what: 'Delete', run: () => runDelete(targets()) },
  { keys: ['!'], what: 'Junk', run: () => void junk(targets()) },
  { keys: ['v'], what: 'Move to a folder', run: () => (moving.value = targets()) },
  {
    keys: ['s'],
    what: 'Flag',
    run: () => void setKeyword(targets(), '$flagged', !targets().some(isFlagged)),
  },
  {
    keys: ['u'],
    what: 'Mark as unread, or as read',
    run: () => {
      const heads = targets()
      if (heads.some(isUnread)) void setKeyword(heads, '$seen', true)
      else markUnread(heads)
    },
  },
  {
    keys: ['x'],
    what: 'Select the row',
    run: () => {
      const id = focusedRow()
      if (id) toggleSelected(id)
    },
  },
  { keys: ['*'], what: 'Select all that is loaded', run: selectAllLoaded },
  {
    keys: ['Escape'],
    what: 'Close, or clear the selection',
    run: () => {
      if (selection.value.size > 0) selection.value = new Set()
      else closeConversation()
    },
  },
  { keys: ['g', 'i'], what: 'Go to the inbox', run: () => toFolder('inbox') },
  { keys: ['g', 'd'], what: 'Go to drafts', run: () => toFolder('drafts') },
  { keys: ['g', 't'], what: 'Go to sent messages', run: () => toFolder('sent') },
  { keys: ['g', 'a'], what: 'Go to the archive', run: () => toFolder('archive') },
  { keys: ['?'], what: 'This list', run: () => (helpOpen.value = true) },
]

let prefix: string | undefined

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (route.value.view !== 'mail' || isTyping(event.target) || document.querySelector('dialog[open], [role=menu]'))
    return
  const { key } = event
  if (shortcutsOn.value === 'off' && key !== 'Escape') return
  const sequence =
    prefix === undefined
      ? undefined
      : SHORTCUTS.find(({ keys }) => keys[0] === prefix && keys[1] === key && keys[0] === 'g')
  prefix = undefined
  const found = sequence ?? SHORTCUTS.find(({ keys }) => keys.includes(key) && keys[0] !== 'g')
  if (found) {
    if (key === 'Escape' && draft.value) return
    event.preventDefault()
    found.run()
  } else if (key === 'g') prefix = 'g'
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest('[role=dialog]')) return true
  return target.matches('textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button])')
}

export function useShortcuts(): void {
  useEffect(() => {
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** Keys pressed while the focus is in a message's frame. */
export function forwardKey(event: KeyboardEvent): void {
  onKey(event)
}
