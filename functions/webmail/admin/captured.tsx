import { useEffect, useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { sizeText } from '../text/sizes.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { Confirm } from './form-dialog.tsx'
import { Empty, Head, Loaded, More } from './parts.tsx'
import { linkTo } from './place.ts'
import type { ListedCaptured } from './types.ts'
import { useList } from './use-answer.ts'

/** Whoever tries a program out waits for what it sends. */
const LOOK_EVERY_MS = 4_000

/** What would have left this server. */
export function CapturedMessages() {
  const list = useList<ListedCaptured>('/captured', ({ id }) => id)
  const [clearing, setClearing] = useState(false)
  const isFirstPage = (list.items?.length ?? 0) <= 100
  useEffect(() => {
    if (!isFirstPage) return
    const timer = setInterval(() => document.visibilityState === 'visible' && void list.load(), LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [isFirstPage])
  return (
    <>
      <Head title="Captured">
        <Button icon="refresh" onClick={list.load}>
          Refresh
        </Button>
        <Button icon="trash" onClick={() => setClearing(true)}>
          Clear
        </Button>
      </Head>
      <p class="hint">Nothing leaves this server. What would have left is kept here, as it would have gone.</p>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Captured messages">
          {list.items?.map(({ id, subject, from, reverse_path, recipients, recipients_count, created_at, size }) => (
            <li key={id}>
              <div>
                <a href={linkTo('captured', id)}>
                  <bdi>{subject || '(no subject)'}</bdi>
                </a>
                <small>
                  <bdi>{from || reverse_path || '(no sender)'}</bdi> to{' '}
                  <bdi>{someOf(recipients, recipients_count)}</bdi>
                </small>
              </div>
              <small>
                {mediumDate(created_at)}, {sizeText(size)}
              </small>
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>Nothing was sent out yet. It shows up here by itself.</Empty>}
        <More list={list} />
      </Loaded>
      {clearing && (
        <Confirm
          title="Clear what was captured"
          action="Clear it"
          onClose={() => setClearing(false)}
          onConfirm={async () => {
            await call('DELETE', '/captured')
            await list.load()
          }}
        >
          <p>All of it is forgotten. Mailboxes and the list of sent mail stay.</p>
        </Confirm>
      )}
    </>
  )
}

const SHOWN = 3

export function someOf(recipients: readonly string[], count: number): string {
  const more = count - Math.min(SHOWN, recipients.length)
  return `${recipients.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
