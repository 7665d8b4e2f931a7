import type { EmailSummary } from '../jmap/types.ts'
import { isFlagged, isUnread, setKeyword } from '../state/actions.ts'
import { editSavedById } from '../state/edit-saved.ts'
import { emailsVersion, threadSummaries } from '../state/emails.ts'
import { mailboxById, nameOf } from '../state/mailboxes.ts'
import { type MessageList, positionOf, selectBetween, selection, toggleSelected } from '../state/message-list.ts'
import { formatRoute, go, type Route, route } from '../state/route.ts'
import { signedIn } from '../state/session.ts'
import { shortName } from '../text/addresses.ts'
import { longDate, shortDate } from '../text/dates.ts'
import { dragged } from './folders.tsx'
import { Icon } from './icons.tsx'
import { Marked } from './marked.tsx'

interface MessageRowProps {
  open: MessageList
  position: number
  top: number
  height: number
  email: EmailSummary | undefined
  isCurrent: boolean
  isSelected: boolean
  isTabStop: boolean
  onActive(): void
}

/** Where Shift selects from. */
let anchor: string | undefined

export function MessageRow(props: MessageRowProps) {
  const { open, position, top, height, email } = props
  const box = { top: `${top}px`, height: `${height}px` }
  const place = { 'aria-setsize': open.total ?? -1, 'aria-posinset': position + 1 }
  if (email === undefined) {
    return (
      <li class="row-shape" style={box} data-position={position} {...place} aria-busy="true">
        <span class="unseen">Loading</span>
        <i />
        <i />
      </li>
    )
  }
  return <KnownRow {...props} email={email} box={box} place={place} />
}

type KnownRowProps = MessageRowProps & { email: EmailSummary; box: { top: string; height: string }; place: object }

function KnownRow({ open, position, email, isCurrent, isSelected, isTabStop, onActive, box, place }: KnownRowProps) {
  emailsVersion.value // keywords are changed in place
  const { id, threadId, subject, receivedAt } = email
  const unread = isUnread(id)
  const flagged = isFlagged(id)
  const thread = threadSummaries(threadId)
  const snippet = open.snippets.get(id)
  const title = subject || '(no subject)'
  const to = route.value
  const where = to.view === 'mail' && to.search !== undefined ? { search: to.search } : { mailbox: open.mailboxId }
  const target: Route = { view: 'mail', ...where, thread: threadId }
  const isDraft = email.keywords['$draft'] === true && thread.length <= 1
  const select = (event: { shiftKey: boolean }) => {
    const from = anchor === undefined ? undefined : positionOf(open, anchor)
    if (event.shiftKey && from !== undefined) selectBetween(from, position)
    else toggleSelected(id)
    anchor = id
  }
  const openRow = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest('input, button')) return
    event.preventDefault()
    if (event.shiftKey || event.ctrlKey || event.metaKey) select(event)
    else if (isDraft) editSavedById(id)
    else go(target)
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in it is what the keyboard uses; the row is a larger target for the mouse
    <li
      class={`row ${unread ? 'is-unread' : ''} ${isSelected ? 'is-selected' : ''} ${isCurrent ? 'is-current' : ''}`}
      style={box}
      data-position={position}
      {...place}
      draggable
      onClick={openRow}
      onFocusIn={onActive}
      onDragStart={(event) => {
        dragged.value = selection.value.has(id) ? [...selection.value] : [id]
        event.dataTransfer?.setData('text/plain', title)
        if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move'
      }}
      onDragEnd={() => {
        dragged.value = []
      }}
    >
      <span class="row-select">
        <input
          type="checkbox"
          aria-label={`Select ${title}`}
          tabIndex={isTabStop ? 0 : -1}
          checked={isSelected}
          onClick={(event) => {
            event.stopPropagation()
            select(event)
          }}
        />
      </span>
      <a href={formatRoute(target)} tabIndex={isTabStop ? 0 : -1} aria-current={isCurrent ? 'true' : undefined}>
        {unread && <span class="unseen">Unread. </span>}
        <span class="row-who" dir="auto">
          {people(open, email, thread)}
          {thread.length > 1 && (
            <span class="row-thread">
              {' '}
              {thread.length}
              <span class="unseen"> messages</span>
            </span>
          )}
        </span>
        <time class="row-date" dateTime={receivedAt} title={longDate(receivedAt)}>
          {shortDate(receivedAt)}
        </time>
        <span class="row-subject" dir="auto">
          {snippet?.subject ? <Marked text={snippet.subject} /> : title}
        </span>
        <span class="row-preview" dir="auto">
          {open.search !== undefined && <span class="row-folder">{folderOf(email)}</span>}
          {snippet?.preview ? <Marked text={snippet.preview} /> : email.preview}
        </span>
        {(email.hasAttachment || thread.some(({ hasAttachment }) => hasAttachment)) && (
          <span class="row-files">
            <Icon name="attachment" />
            <span class="unseen">with attachments</span>
          </span>
        )}
      </a>
      <button
        type="button"
        class={`row-flag ${flagged ? 'is-on' : ''}`}
        aria-label="Flag"
        aria-pressed={flagged}
        tabIndex={isTabStop ? 0 : -1}
        onClick={(event) => {
          event.stopPropagation()
          void setKeyword([id], '$flagged', !flagged)
        }}
      >
        <Icon name="flag" />
      </button>
    </li>
  )
}

/** Who takes part, the newest last, each once; of what the account wrote itself, to whom. */
function people({ mailboxId }: MessageList, email: EmailSummary, thread: readonly EmailSummary[]): string {
  const role = mailboxById(mailboxId)?.role
  const own = signedIn.value?.email.toLowerCase()
  const isOwn = ({ from }: EmailSummary) => from?.[0]?.email.toLowerCase() === own
  if (role === 'sent' || role === 'drafts' || (thread.length <= 1 && isOwn(email) && email.keywords['$draft'])) {
    const names = (email.to ?? []).map(shortName)
    return names.length > 0 ? `To: ${names.join(', ')}` : '(no recipient)'
  }
  const all = thread.length > 1 ? thread : [email]
  const names = all.filter(({ keywords }) => !keywords['$draft']).flatMap(({ from }) => from?.[0] ?? [])
  const short = names.map((each) => (each.email.toLowerCase() === own ? 'me' : shortName(each)))
  const each = [...new Set(short)]
  if (each.length === 0) return '(no sender)'
  if (each.length === 1) return each[0]!
  return (each.length > 3 ? [each[0]!, '…', ...each.slice(-2)] : each).join(', ').replace('…,', '…')
}

function folderOf({ mailboxIds }: EmailSummary): string {
  const mailbox = mailboxById(Object.keys(mailboxIds)[0])
  return mailbox ? nameOf(mailbox) : ''
}
