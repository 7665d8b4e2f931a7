import { useEffect } from 'preact/hooks'
import { notify, notifyFailure } from '../state/notices.ts'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { Card, Empty, Loaded, More, State } from './parts.tsx'
import type { Delivery } from './types.ts'
import { useList } from './use-answer.ts'

/** How often what is under way is looked at. */
const LOOK_EVERY_MS = 2_000
const SOON_MS = 10_000

/** What a webhook was told, with each attempt. `tested` counts the tests that were sent from here. */
export function WebhookDeliveries({ path, tested }: { path: string; tested: number }) {
  const list = useList<Delivery>(`${path}/deliveries`, ({ id }) => id)
  useEffect(() => {
    if (tested > 0) void list.load()
  }, [tested])
  const isUnderWay = list.items?.some(isSoon) ?? false
  useEffect(() => {
    if (!isUnderWay) return
    const timer = setInterval(() => document.visibilityState === 'visible' && void list.load(), LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [isUnderWay])
  const replay = async ({ id }: Delivery) => {
    try {
      await call('POST', `${path}/events/${encodeURIComponent(id)}/replay`)
      notify({ kind: 'done', text: 'It is sent again' })
      await list.load()
    } catch (error) {
      notifyFailure('It could not be sent again.', error)
    }
  }
  return (
    <Card title="Deliveries">
      <div>
        <Button icon="refresh" busy={list.busy} onClick={list.load}>
          Refresh
        </Button>
      </div>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Deliveries">
          {list.items?.map((delivery) => (
            <li key={delivery.id}>
              <div>
                <code>{delivery.type}</code> <State of={delivery.status} />
                <small>
                  {mediumDate(delivery.created_at)}
                  {delivery.next_attempt_at !== null && `, next attempt ${mediumDate(delivery.next_attempt_at)}`}
                </small>
                <Attempts of={delivery} />
              </div>
              <Button onClick={() => replay(delivery)}>Send again</Button>
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>It was told nothing yet.</Empty>}
        <More list={list} />
      </Loaded>
    </Card>
  )
}

/** Something is about to become of it. */
function isSoon({ status, attempts, next_attempt_at: next }: Delivery): boolean {
  if (status === 'attempting' || attempts.length === 0) return true
  return next !== null && Date.parse(next) < Date.now() + SOON_MS
}

function Attempts({ of: { attempts } }: { of: Delivery }) {
  if (attempts.length === 0) return null
  return (
    <details>
      <summary>{attempts.length === 1 ? 'One attempt' : `${attempts.length} attempts`}</summary>
      <ol class="attempts">
        {attempts.map(({ id, http_status_code, response, sent_at, duration_ms }) => (
          <li key={id}>
            {mediumDate(sent_at)}: {http_status_code === 0 ? 'no answer' : http_status_code}, after {duration_ms} ms
            {response !== '' && <pre>{response}</pre>}
          </li>
        ))}
      </ol>
    </details>
  )
}
