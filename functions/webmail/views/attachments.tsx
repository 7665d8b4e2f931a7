import { signal } from '@preact/signals'
import { downloadUrl } from '../jmap/blobs.ts'
import type { BodyPart, Email } from '../jmap/types.ts'
import { current } from '../state/session.ts'
import { sizeText } from '../text/sizes.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icons.tsx'

/** An image that is looked at. */
const looking = signal<{ part: BodyPart; url: string } | undefined>(undefined)

/** What can be drawn here; all else is for its own program. SVG is not, as it is a document more than an image. */
const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp']

/** Names and sizes of what comes with a message; nothing of it is fetched before it is opened. */
export function Attachments({ email }: { email: Email }) {
  const { session, accountId } = current()
  const parts = email.attachments.filter((part) => part.blobId !== null && !isShownInside(part, email))
  if (parts.length === 0) return null
  return (
    <section class="attachments" aria-label="Attachments">
      <h3>{parts.length === 1 ? 'One attachment' : `${parts.length} attachments`}</h3>
      <ul>
        {parts.map((part) => {
          const url = downloadUrl(session, accountId, { blobId: part.blobId!, name: nameOf(part), type: part.type })
          const isImage = IMAGES.includes(part.type.toLowerCase())
          const look = (event: Event) => {
            if (!isImage) return
            event.preventDefault()
            looking.value = { part, url }
          }
          return (
            <li key={part.blobId}>
              <a href={url} download={nameOf(part)} target="_blank" rel="noopener" onClick={look}>
                <Icon name={isImage ? 'image' : 'attachment'} />
                <span class="file-name" dir="auto">
                  {nameOf(part)}
                </span>
                <span class="file-size">{sizeText(part.size)}</span>
              </a>
            </li>
          )
        })}
      </ul>
      {looking.value && parts.includes(looking.value.part) && <Look />}
    </section>
  )
}

function Look() {
  const { part, url } = looking.value!
  return (
    <Dialog title={nameOf(part)} class="look" onClose={() => (looking.value = undefined)}>
      <img src={url} alt={nameOf(part)} />
      <footer>
        <a class="button plain" href={url} download={nameOf(part)}>
          <Icon name="download" />
          <span>Download</span>
        </a>
      </footer>
    </Dialog>
  )
}

/** An inline part that the HTML shows by its Content-ID. */
function isShownInside({ cid, disposition }: BodyPart, { htmlBody, bodyValues }: Email): boolean {
  if (cid === null || disposition === 'attachment') return false
  return htmlBody.some(({ partId }) => partId !== null && bodyValues[partId]?.value.includes(`cid:${cid}`))
}

function nameOf({ name, type }: BodyPart): string {
  return name || (type === 'message/rfc822' ? 'message.eml' : 'attachment')
}
