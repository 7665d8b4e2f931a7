import { notify, notifyFailure } from '../state/notices.ts'
import { mediumDate } from '../text/dates.ts'
import { sizeText } from '../text/sizes.ts'
import { Button } from '../views/button.tsx'
import { call, type List } from './api.ts'
import { MessagePreview } from './message-preview.tsx'
import { Card, Code, Head, Loaded, State } from './parts.tsx'
import { linkTo } from './place.ts'
import type { Email, EmailEvent, LinkedAttachment } from './types.ts'
import { useAnswer } from './use-answer.ts'

export function SentEmailPage({ id }: { id: string }) {
  const path = `/emails/${encodeURIComponent(id)}`
  const { value: email, failure, load } = useAnswer<Email>(path)
  const events = useAnswer<List<EmailEvent>>(`${path}/events`)
  const attachments = useAnswer<List<LinkedAttachment>>(`${path}/attachments`)
  const again = () => Promise.all([load(), events.load()])
  const cancel = async () => {
    try {
      await call('POST', `${path}/cancel`)
      notify({ kind: 'done', text: 'It will not be sent' })
      await again()
    } catch (error) {
      notifyFailure('It could not be cancelled.', error)
    }
  }
  return (
    <Loaded of={email} failure={failure} load={load}>
      {email && (
        <>
          <Head
            title={email.subject || '(no subject)'}
            up={{ label: 'Sent mail', href: linkTo('sent') }}
            badges={<State of={email.last_event} />}
          >
            {email.last_event === 'scheduled' && <Button onClick={cancel}>Do not send it</Button>}
            <Button icon="refresh" onClick={again}>
              Refresh
            </Button>
          </Head>
          <Card title="Envelope">
            <dl class="facts">
              <Fact name="From" value={email.from} />
              <Fact name="To" value={email.to.join(', ')} />
              <Fact name="Cc" value={email.cc?.join(', ')} />
              <Fact name="Bcc" value={email.bcc?.join(', ')} />
              <Fact name="Reply to" value={email.reply_to?.join(', ')} />
              <Fact name="Tags" value={email.tags.map(({ name, value }) => `${name}: ${value}`).join(', ')} />
              <dt>Id</dt>
              <dd>
                <Code text={email.id} of="the id" />
              </dd>
            </dl>
          </Card>
          <Card title="What happened">
            <Loaded of={events.value} failure={events.failure} load={events.load}>
              <ol class="events">
                {events.value?.data.map(({ type, created_at, recipient, reply }) => (
                  <li key={`${type} ${recipient}`}>
                    <State of={type} /> {recipient !== null && <bdi>{recipient}</bdi>}
                    <small>
                      {created_at !== null && mediumDate(created_at)}
                      {reply !== null && <code>{reply}</code>}
                    </small>
                  </li>
                ))}
              </ol>
            </Loaded>
          </Card>
          <Card title="Message">
            <MessagePreview subject={email.subject} html={email.html} text={email.text} />
            {(attachments.value?.data.length ?? 0) > 0 && (
              <ul class="items" aria-label="Attachments">
                {attachments.value?.data.map((one) => (
                  <li key={one.id}>
                    <div>
                      <a href={one.download_url}>
                        <bdi>{one.filename}</bdi>
                      </a>
                      <small>
                        {one.content_type}, {sizeText(one.size)}
                      </small>
                    </div>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        </>
      )}
    </Loaded>
  )
}

export function Fact({ name, value }: { name: string; value: string | undefined }) {
  if (!value) return null
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </>
  )
}
