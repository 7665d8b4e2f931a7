import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { Mailbox } from '../jmap/types.ts'
import { move } from '../state/actions.ts'
import { type Folder, folders, mailboxByRole, mailboxes, nameOf } from '../state/mailboxes.ts'
import { list } from '../state/message-list.ts'
import { formatRoute, route } from '../state/route.ts'
import { IconButton } from './button.tsx'
import { FolderDialog, type FolderTask } from './folder-dialog.tsx'
import { Icon, type IconName } from './icons.tsx'
import { Menu, type MenuItem } from './menu.tsx'
import { QuotaLine } from './quota-line.tsx'
import { ComposeButton } from './top-bar.tsx'

/** Rows that are on their way to a folder by drag and drop. */
export const dragged = signal<readonly string[]>([])

const ICONS: Record<string, IconName> = {
  inbox: 'inbox',
  drafts: 'drafts',
  sent: 'sent',
  archive: 'archive',
  junk: 'junk',
  trash: 'trash',
  flagged: 'flag',
}

export function Folders() {
  const [task, setTask] = useState<FolderTask>()
  const [expanded, setExpanded] = useState(false)
  const to = route.value
  const here = to.view === 'mail' && to.search === undefined ? (to.mailbox ?? mailboxByRole('inbox')?.id) : undefined
  return (
    <aside class="side" data-expanded={expanded}>
      <ComposeButton />
      <nav aria-label="Folders">
        {mailboxes.value === undefined && <p class="hint">Loading folders…</p>}
        <ul>
          {folders.value.map((folder) => (
            <FolderItem
              key={folder.mailbox.id}
              folder={folder}
              current={folder.mailbox.id === here}
              onTask={setTask}
              onGo={() => setExpanded(false)}
            />
          ))}
        </ul>
        <div class="side-tools">
          <button
            type="button"
            class="button quiet new-folder"
            onClick={() => setTask({ kind: 'create', parentId: null })}
          >
            <Icon name="plus" />
            <span>New folder</span>
          </button>
          <IconButton
            class="phone-only"
            icon={expanded ? 'shrink' : 'menu'}
            label={expanded ? 'Fewer folders' : 'All folders'}
            pressed={expanded}
            onClick={() => setExpanded(!expanded)}
          />
        </div>
      </nav>
      <QuotaLine />
      {task && <FolderDialog task={task} onClose={() => setTask(undefined)} />}
    </aside>
  )
}

interface FolderItemProps {
  folder: Folder
  current: boolean
  onTask(task: FolderTask): void
  onGo(): void
}

function FolderItem({ folder: { mailbox, level }, current, onTask, onGo }: FolderItemProps) {
  const [over, setOver] = useState(false)
  const count = countOf(mailbox)
  const takes = mailbox.myRights?.['mayAddItems'] !== false && mailbox.id !== list.value?.mailboxId
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    if (takes && dragged.value.length > 0) void move(dragged.value, mailbox.id)
  }
  const tools = toolsOf(mailbox, onTask)
  return (
    <li
      class={over ? 'over' : ''}
      data-level={Math.min(level, 5)}
      onDragOver={(event) => {
        if (!takes || dragged.value.length === 0) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <a
        href={formatRoute(mailbox.role === 'inbox' ? { view: 'mail' } : { view: 'mail', mailbox: mailbox.id })}
        aria-current={current ? 'page' : undefined}
        onClick={onGo}
      >
        <Icon name={ICONS[mailbox.role ?? ''] ?? 'folder'} />
        <span class="folder-name" dir="auto">
          {nameOf(mailbox)}
        </span>
        {count.number > 0 && (
          <span class="count">
            {count.number}
            <span class="unseen"> {count.of}</span>
          </span>
        )}
      </a>
      {tools.length > 0 && <Menu label="Folder options" about={nameOf(mailbox)} items={tools} class="folder-tools" />}
    </li>
  )
}

/** Drafts count all, as each waits for something; others what is unread; what nobody waits for counts nothing. */
function countOf({ role, totalEmails, unreadThreads }: Mailbox): { number: number; of: string } {
  if (role === 'drafts') return { number: totalEmails, of: totalEmails === 1 ? 'draft' : 'drafts' }
  if (role === 'sent' || role === 'trash') return { number: 0, of: '' }
  return { number: unreadThreads, of: 'unread' }
}

function toolsOf(mailbox: Mailbox, onTask: (task: FolderTask) => void): MenuItem[] {
  const { id, role, myRights } = mailbox
  const items: MenuItem[] = []
  if (myRights?.['mayCreateChild'] !== false && role !== 'inbox')
    items.push({ label: 'New folder inside', icon: 'plus', run: () => onTask({ kind: 'create', parentId: id }) })
  if (role === null && myRights?.['mayRename'] !== false)
    items.push({ label: 'Rename or move', icon: 'drafts', run: () => onTask({ kind: 'change', mailbox }) })
  if (role === 'trash' || role === 'junk')
    items.push({ label: 'Empty', icon: 'trash', danger: true, run: () => onTask({ kind: 'empty', mailbox }) })
  if (role === null && myRights?.['mayDelete'] !== false)
    items.push({ label: 'Delete folder', icon: 'trash', danger: true, run: () => onTask({ kind: 'destroy', mailbox }) })
  return items
}
