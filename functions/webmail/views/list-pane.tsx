import { messageOf } from '../jmap/failure.ts'
import { mailboxById, nameOf } from '../state/mailboxes.ts'
import { list, listVersion, refreshList, selection, unreadOnly } from '../state/message-list.ts'
import { ActionBar } from './action-bar.tsx'
import { Button, IconButton } from './button.tsx'
import { MessageRows } from './message-rows.tsx'
import { refreshAll } from './shell.tsx'

/** The list with its head: what it is a list of, or what can be done with the selected rows. */
export function ListPane() {
  listVersion.value // the list is changed in place
  const open = list.value
  const selected = selection.value.size
  const mailbox = mailboxById(open?.mailboxId)
  const title = open?.search === undefined ? (mailbox ? nameOf(mailbox) : 'Mail') : 'Search results'
  return (
    <section class="list-pane" aria-labelledby="list-title">
      <header class={`pane-head ${selected > 0 ? 'is-selecting' : ''}`}>
        {selected > 0 ? (
          <>
            <IconButton icon="close" label="Clear selection" onClick={() => (selection.value = new Set())} />
            <span class="selected-count" role="status">
              {selected} selected
            </span>
            <h1 id="list-title" class="unseen">
              {title}
            </h1>
            <ActionBar />
          </>
        ) : (
          <>
            <h1 id="list-title" dir="auto">
              {title}
            </h1>
            {open?.total !== undefined && (
              <span class="total">
                {open.total === 1 ? '1 conversation' : `${open.total.toLocaleString()} conversations`}
              </span>
            )}
            <span class="grow" />
            {open?.search === undefined && (
              <IconButton
                icon="filter"
                label="Only unread"
                pressed={unreadOnly.value}
                onClick={() => (unreadOnly.value = !unreadOnly.value)}
              />
            )}
            <IconButton icon="refresh" label="Refresh" onClick={refreshAll} />
          </>
        )}
      </header>
      {open && open.unknown.length > 0 && (
        <p class="list-note">
          Searched for as words: <bdi>{open.unknown.join(', ')}</bdi>
        </p>
      )}
      {open?.failure !== undefined && (
        <div class="list-note failed" role="alert">
          <span>The list could not be loaded. {messageOf(open.failure)}</span>
          <Button onClick={() => void refreshList().catch(() => undefined)}>Try again</Button>
        </div>
      )}
      {open && <MessageRows key={open.key} open={open} />}
    </section>
  )
}
