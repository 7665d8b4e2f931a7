import { useState } from 'preact/hooks'
import { WEBHOOK_EVENTS } from '../../../shared/mailbox/webhook-events.ts'
import { notify, notifyFailure } from '../state/notices.ts'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { Menu } from '../views/menu.tsx'
import { call } from './api.ts'
import { AdminForm, Confirm, FormDialog, SelectField, textOf } from './form-dialog.tsx'
import { Card, Code, Head, Loaded, State } from './parts.tsx'
import { goTo, linkTo } from './place.ts'
import type { Webhook } from './types.ts'
import { useAnswer } from './use-answer.ts'
import { WebhookDeliveries } from './webhook-deliveries.tsx'
import { EndpointField, EventsField } from './webhooks.tsx'

const EVENTS = Object.fromEntries(WEBHOOK_EVENTS.map((event) => [event, event]))

export function WebhookPage({ id }: { id: string }) {
  const path = `/webhooks/${encodeURIComponent(id)}`
  const { value: webhook, failure, load } = useAnswer<Webhook>(path)
  const [dialog, setDialog] = useState<'change' | 'rotate' | 'delete'>()
  const [shown, setShown] = useState(false)
  const [tested, setTested] = useState(0)
  const close = () => setDialog(undefined)
  const change = async (body: object, text: string) => {
    await call('PATCH', path, body)
    await load()
    notify({ kind: 'done', text })
  }
  const turn = (status: string) => () =>
    change({ status }, `The webhook is ${status}`).catch((error) => notifyFailure('That did not work.', error))
  return (
    <Loaded of={webhook} failure={failure} load={load}>
      {webhook && (
        <>
          <Head
            title={webhook.endpoint}
            up={{ label: 'Webhooks', href: linkTo('webhooks') }}
            badges={<State of={webhook.status} />}
          >
            <Button onClick={() => setDialog('change')}>Change</Button>
            {webhook.status === 'enabled' ? (
              <Button onClick={turn('disabled')}>Disable</Button>
            ) : (
              <Button kind="primary" onClick={turn('enabled')}>
                Enable
              </Button>
            )}
            <Menu
              label="More about this webhook"
              items={[
                { label: 'New secret', icon: 'refresh', run: () => setDialog('rotate') },
                { label: 'Delete the webhook', icon: 'trash', danger: true, run: () => setDialog('delete') },
              ]}
            />
          </Head>
          {webhook.disabled_at !== null && (
            <p class="note" role="status">
              It was disabled {mediumDate(webhook.disabled_at)}, as nothing got through for five days.
            </p>
          )}
          <Card title="What it is told">
            <p>{webhook.events === null ? 'Everything that happens' : webhook.events.join(', ')}</p>
            <dl class="facts">
              <dt>Secret that signs it</dt>
              <dd>
                {shown ? (
                  <Code text={webhook.signing_secret} of="the secret" />
                ) : (
                  <Button onClick={() => setShown(true)}>Show the secret</Button>
                )}
              </dd>
            </dl>
            <AdminForm
              action="Send a test"
              onSubmit={async (data) => {
                await call('POST', `${path}/test`, { type: textOf(data, 'type') })
                setTested(tested + 1)
                notify({ kind: 'done', text: 'A test is on its way' })
              }}
            >
              <SelectField
                label="An event that did not happen, to try it out"
                name="type"
                chosen="email.delivered"
                options={EVENTS}
              />
            </AdminForm>
          </Card>
          <WebhookDeliveries path={path} tested={tested} />
          {dialog === 'change' && (
            <FormDialog
              wide
              title="Change the webhook"
              action="Save"
              onClose={close}
              onSubmit={(data) =>
                change(
                  { endpoint: textOf(data, 'endpoint'), events: data.getAll('events').map(String) },
                  'The webhook is changed',
                )
              }
            >
              <EndpointField endpoint={webhook.endpoint} />
              <EventsField chosen={webhook.events} />
            </FormDialog>
          )}
          {dialog === 'rotate' && (
            <Confirm
              title="New secret"
              action="Make a new secret"
              onClose={close}
              onConfirm={async () => {
                await call('POST', `${path}/signing-secret/rotate`)
                setShown(true)
                await load()
              }}
            >
              <p>The present one signs nothing any more: your program has to know the new one first of all.</p>
            </Confirm>
          )}
          {dialog === 'delete' && (
            <Confirm
              title="Delete the webhook"
              action="Delete it"
              onClose={close}
              onConfirm={async () => {
                await call('DELETE', path)
                goTo('webhooks')
              }}
            >
              <p>
                <bdi>{webhook.endpoint}</bdi> is told nothing any more, and what it was told is forgotten.
              </p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  )
}
