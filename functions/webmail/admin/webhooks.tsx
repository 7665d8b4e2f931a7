import { useState } from 'preact/hooks'
import { WEBHOOK_EVENTS } from '../../../shared/mailbox/webhook-events.ts'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { FormDialog, textOf } from './form-dialog.tsx'
import { Empty, Head, Loaded, More, State } from './parts.tsx'
import { goTo, linkTo } from './place.ts'
import type { ListedWebhook } from './types.ts'
import { useList } from './use-answer.ts'

export function Webhooks() {
  const list = useList<ListedWebhook>('/webhooks', ({ id }) => id)
  const [adding, setAdding] = useState(false)
  const add = async (data: FormData) => {
    const body = { endpoint: textOf(data, 'endpoint'), events: data.getAll('events').map(String) }
    goTo('webhooks', (await call<{ id: string }>('POST', '/webhooks', body)).id)
  }
  return (
    <>
      <Head title="Webhooks">
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          New webhook
        </Button>
      </Head>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Webhooks">
          {list.items?.map(({ id, endpoint, events, status, failing_since, disabled_at }) => (
            <li key={id}>
              <div>
                <a href={linkTo('webhooks', id)}>
                  <bdi>{endpoint}</bdi>
                </a>
                <small>
                  {events === null ? 'all events' : events.join(', ')}
                  {disabled_at !== null
                    ? `; disabled ${mediumDate(disabled_at)}, as nothing got through`
                    : failing_since !== null && `; nothing gets through since ${mediumDate(failing_since)}`}
                </small>
              </div>
              <State of={status} />
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>There is none. A webhook tells a program of yours what happens.</Empty>}
        <More list={list} />
      </Loaded>
      {adding && (
        <FormDialog wide title="New webhook" action="Create" onClose={() => setAdding(false)} onSubmit={add}>
          <EndpointField />
          <EventsField chosen={['email.sent', 'email.delivered', 'email.bounced', 'email.received']} />
        </FormDialog>
      )}
    </>
  )
}

export function EndpointField({ endpoint }: { endpoint?: string }) {
  return (
    <label>
      <span>URL that is told</span>
      <input
        name="endpoint"
        type="url"
        required
        spellcheck={false}
        placeholder="https://example.com/hook"
        defaultValue={endpoint}
      />
    </label>
  )
}

/** What can happen, by what it happens to. */
export function EventsField({ chosen }: { chosen: readonly string[] | null }) {
  const groups = Map.groupBy(WEBHOOK_EVENTS, (event) => event.slice(0, event.indexOf('.')))
  return (
    <div class="event-groups">
      {[...groups].map(([group, events]) => (
        <fieldset key={group}>
          <legend>{group}</legend>
          {events.map((event) => (
            <label key={event} class="check">
              <input type="checkbox" name="events" value={event} defaultChecked={chosen?.includes(event) ?? true} />
              <span>{event.slice(event.indexOf('.') + 1)}</span>
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  )
}
