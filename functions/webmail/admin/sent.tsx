import { useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { Empty, Head, Loaded, More, State } from './parts.tsx'
import { linkTo } from './place.ts'
import type { ListedEmail } from './types.ts'
import { useList } from './use-answer.ts'

const EVENTS = [
  'queued',
  'scheduled',
  'sent',
  'delivered',
  'delivery_delayed',
  'bounced',
  'failed',
  'suppressed',
  'canceled',
] as const

/** What programs sent by the API, and how far it has got. */
export function SentEmails() {
  const list = useList<ListedEmail>('/emails', ({ id }) => id)
  const [event, setEvent] = useState('')
  const [words, setWords] = useState('')
  const shown = list.items?.filter((email) => (event === '' || email.last_event === event) && says(email, words))
  const isFiltered = event !== '' || words.trim() !== ''
  return (
    <>
      <Head title="Sent mail">
        <Button icon="refresh" busy={list.busy} onClick={list.load}>
          Refresh
        </Button>
      </Head>
      <div class="filters">
        <label>
          <span>What became of it</span>
          <select value={event} onChange={({ currentTarget }) => setEvent(currentTarget.value)}>
            <option value="">anything</option>
            {EVENTS.map((each) => (
              <option key={each} value={each}>
                {each.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </label>
        <label class="wide">
          <span>From, to or subject</span>
          <input type="search" value={words} onInput={({ currentTarget }) => setWords(currentTarget.value)} />
        </label>
      </div>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        {isFiltered && (
          <p class="hint" role="status">
            {shown?.length} of the {list.items?.length} newest
          </p>
        )}
        <ul class="items" aria-label="Sent emails">
          {shown?.map(({ id, subject, from, to, last_event, created_at, scheduled_at }) => (
            <li key={id}>
              <div>
                <a href={linkTo('sent', id)}>
                  <bdi>{subject || '(no subject)'}</bdi>
                </a>
                <small>
                  <bdi>{from}</bdi> to <bdi>{to.join(', ')}</bdi>
                </small>
                <small>
                  {mediumDate(created_at)}
                  {scheduled_at !== null && `, for ${mediumDate(scheduled_at)}`}
                </small>
              </div>
              <State of={last_event} />
            </li>
          ))}
        </ul>
        {shown?.length === 0 && <Empty>{isFiltered ? 'None of these.' : 'No program has sent anything yet.'}</Empty>}
        <More list={list} />
      </Loaded>
    </>
  )
}

function says({ from, to, subject }: ListedEmail, words: string): boolean {
  const text = [from, ...to, subject].join('\n').toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
