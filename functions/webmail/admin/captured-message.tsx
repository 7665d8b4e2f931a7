import { mediumDate } from '../text/dates.ts'
import { sizeText } from '../text/sizes.ts'
import { Icon } from '../views/icons.tsx'
import { MessagePreview } from './message-preview.tsx'
import { Card, Head, Loaded } from './parts.tsx'
import { linkTo } from './place.ts'
import { Fact } from './sent-email.tsx'
import type { Captured } from './types.ts'
import { useAnswer } from './use-answer.ts'

export function CapturedPage({ id }: { id: string }) {
  const { value: message, failure, load } = useAnswer<Captured>(`/captured/${encodeURIComponent(id)}`)
  return (
    <Loaded of={message} failure={failure} load={load}>
      {message && (
        <>
          <Head title={message.subject || '(no subject)'} up={{ label: 'Captured', href: linkTo('captured') }}>
            <a class="button plain" href={message.download_url} download>
              <Icon name="download" />
              <span>Download the message</span>
            </a>
          </Head>
          <Card title="Envelope">
            <dl class="facts">
              <Fact name="Reverse path" value={message.reverse_path || '(null)'} />
              <Fact name="Recipients" value={recipientsOf(message)} />
              <Fact name="When" value={`${mediumDate(message.created_at)}, ${sizeText(message.size)}`} />
            </dl>
          </Card>
          <Card title="Message">
            <dl class="facts">
              <Fact name="From" value={message.headers['from']} />
              <Fact name="To" value={message.headers['to']} />
              <Fact name="Cc" value={message.headers['cc']} />
              <Fact
                name="Attachments"
                value={message.attachments.map(({ filename, size }) => `${filename} (${sizeText(size)})`).join(', ')}
              />
            </dl>
            <MessagePreview
              subject={message.subject}
              html={message.html}
              text={message.text}
              headers={message.headers}
            />
          </Card>
        </>
      )}
    </Loaded>
  )
}

function recipientsOf({ recipients, recipients_count: count }: Captured): string {
  const more = count - recipients.length
  return `${recipients.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
