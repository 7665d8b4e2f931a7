import { useState } from 'preact/hooks'
import { Failure, messageOf } from '../jmap/failure.ts'
import type { GetResponse, Mailbox, QueryResponse, SetResponse } from '../jmap/types.ts'
import {
  changeMailbox,
  createMailbox,
  destroyMailbox,
  folders,
  loadMailboxes,
  mailboxById,
  nameOf,
} from '../state/mailboxes.ts'
import { refreshList } from '../state/message-list.ts'
import { notify } from '../state/notices.ts'
import { go, route } from '../state/route.ts'
import { current, openBatch, send } from '../state/session.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export type FolderTask =
  | { kind: 'create'; parentId: string | null }
  | { kind: 'change' | 'destroy' | 'empty'; mailbox: Mailbox }

const TITLES = {
  create: 'New folder',
  change: 'Rename or move folder',
  destroy: 'Delete folder',
  empty: 'Empty folder',
}

export function FolderDialog({ task, onClose }: { task: FolderTask; onClose(): void }) {
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  async function run(work: () => Promise<unknown>): Promise<void> {
    setBusy(true)
    try {
      await work()
      onClose()
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  const names = task.kind === 'create' || task.kind === 'change'
  return (
    <Dialog title={TITLES[task.kind]} onClose={onClose} class="small">
      {names ? (
        <NameForm task={task} busy={busy} failure={failure} onRun={run} onClose={onClose} />
      ) : (
        <ConfirmForm task={task} busy={busy} failure={failure} onRun={run} onClose={onClose} />
      )}
    </Dialog>
  )
}

interface FormProps {
  task: FolderTask
  busy: boolean
  failure: string | undefined
  onRun(work: () => Promise<unknown>): void
  onClose(): void
}

function NameForm({ task, busy, failure, onRun, onClose }: FormProps) {
  const mailbox = task.kind === 'create' ? undefined : task.mailbox
  const [name, setName] = useState(mailbox?.name ?? '')
  const [parentId, setParentId] = useState(task.kind === 'create' ? task.parentId : task.mailbox.parentId)
  const submit = (event: Event) => {
    event.preventDefault()
    const wanted = name.trim()
    if (wanted === '') return
    onRun(() => (mailbox ? changeMailbox(mailbox.id, { name: wanted, parentId }) : createMailbox(wanted, parentId)))
  }
  const places = folders.value.filter(({ mailbox: each }) => each.role !== 'inbox' && !isWithin(each.id, mailbox?.id))
  return (
    <form onSubmit={submit}>
      <label>
        <span>Folder name</span>
        {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
        <input autoFocus value={name} dir="auto" required onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label>
        <span>Inside of</span>
        <select value={parentId ?? ''} onChange={(event) => setParentId(event.currentTarget.value || null)}>
          <option value="">No other folder</option>
          {places.map(({ mailbox: each, path }) => (
            <option key={each.id} value={each.id}>
              {path}
            </option>
          ))}
        </select>
      </label>
      <p class="failure" role="alert">
        {failure}
      </p>
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          {mailbox ? 'Save' : 'Create'}
        </Button>
      </footer>
    </form>
  )
}

function isWithin(id: string, ancestor: string | undefined): boolean {
  const seen = new Set<string>()
  for (let at = mailboxById(id); at && !seen.has(at.id); at = mailboxById(at.parentId ?? undefined)) {
    if (at.id === ancestor) return true
    seen.add(at.id)
  }
  return false
}

function ConfirmForm({ task, busy, failure, onRun, onClose }: FormProps) {
  if (task.kind === 'create') return null
  const { mailbox } = task
  const messages = mailbox.totalEmails === 1 ? 'one message' : `${mailbox.totalEmails} messages`
  const emptying = task.kind === 'empty'
  const run = () =>
    onRun(async () => {
      if (emptying) return emptyMailbox(mailbox.id)
      await destroyMailbox(mailbox.id)
      const to = route.value
      if (to.view === 'mail' && to.mailbox === mailbox.id) go({ view: 'mail' })
      notify({ kind: 'done', text: `Folder ${nameOf(mailbox)} is gone` })
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        run()
      }}
    >
      <p>
        {emptying ? 'All of it goes for good: ' : 'What is in it goes with it, for good: '}
        <bdi>{nameOf(mailbox)}</bdi> has {mailbox.totalEmails === 0 ? 'no message' : messages}.
      </p>
      <p class="failure" role="alert">
        {failure}
      </p>
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="danger" busy={busy}>
          {emptying ? 'Empty it' : 'Delete it'}
        </Button>
      </footer>
    </form>
  )
}

const AT_A_TIME = 200

/** As many as a request takes at a time, until nothing is left. */
async function emptyMailbox(mailboxId: string): Promise<void> {
  const { accountId } = current()
  for (;;) {
    const batch = openBatch()
    const query = batch.call<QueryResponse>('Email/query', {
      accountId,
      filter: { inMailbox: mailboxId },
      limit: AT_A_TIME,
    })
    const got = batch.call<GetResponse<{ id: string; mailboxIds: Record<string, boolean> }>>('Email/get', {
      accountId,
      '#ids': query.ref('/ids'),
      properties: ['id', 'mailboxIds'],
    })
    await send(batch)
    const found = got.result().list
    if (found.length === 0) break
    // What lies elsewhere, too, leaves only this folder.
    const alone = found.filter(({ mailboxIds }) => Object.keys(mailboxIds).length === 1).map(({ id }) => id)
    const others = found.filter(({ id }) => !alone.includes(id))
    const change = openBatch()
    const done = change.call<SetResponse>('Email/set', {
      accountId,
      destroy: alone,
      update: Object.fromEntries(others.map(({ id }) => [id, { [`mailboxIds/${mailboxId}`]: null }])),
    })
    await send(change)
    const { notDestroyed, notUpdated } = done.result()
    if (Object.keys({ ...notDestroyed, ...notUpdated }).length > 0)
      throw new Failure('refused', 'Some messages could not be deleted.')
  }
  await loadMailboxes()
  await refreshList()
  notify({ kind: 'done', text: 'The folder is empty' })
}
