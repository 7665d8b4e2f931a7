import { useEffect, useRef, useState } from 'preact/hooks'
import { downloadUrl } from '../jmap/blobs.ts'
import type { Email } from '../jmap/types.ts'
import { type SafeHtml, safeHtml } from '../safe/safe-html.ts'
import { accountSettings } from '../state/account-settings.ts'
import { composeMailto } from '../state/begin-draft.ts'
import { mailboxByRole } from '../state/mailboxes.ts'
import { isDark } from '../state/preferences.ts'
import { current } from '../state/session.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'
import { forwardKey } from './shortcuts.ts'

/**
 * HTML of a message in a frame of its own. The frame runs no script (`sandbox`) and its page's policy lets nothing in but styles, this server's
 * parts and, when the reader asks, images (servers/http/webmail.ts). It is of our origin so that its content can be put in and measured from here.
 */
const SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox'

/** Junk is never told that it is read, whatever the settings say. */
function isJunk({ mailboxIds }: Email): boolean {
  const junk = mailboxByRole('junk')?.id
  return junk !== undefined && mailboxIds[junk] === true
}

/** Whose images were asked for, while the app is open. */
const shown = new Set<string>()

export function MessageFrame({ email, html }: { email: Email; html: string }) {
  const allowed = shown.has(email.id) || (accountSettings.value.loadRemoteImages && !isJunk(email))
  const [remote, setRemote] = useState(allowed)
  const [held, setHeld] = useState(0)
  const show = () => {
    shown.add(email.id)
    setRemote(true)
  }
  return (
    <div class="message-html">
      {held > 0 && !remote && (
        <p class="message-note">
          <Icon name="image" />
          <span>
            {held === 1 ? 'One image' : `${held} images`} from elsewhere would tell the sender that you read this.
          </span>
          <Button onClick={show}>Show images</Button>
        </p>
      )}
      <SafeFrame
        key={String(remote)}
        title={`Message: ${email.subject ?? ''}`}
        html={html}
        remote={remote}
        partUrl={partUrlOf(email)}
        onHeld={setHeld}
      />
    </div>
  )
}

interface FrameProps {
  title: string
  html: string
  remote: boolean
  /** Where an image is that came with the message. */
  partUrl(cid: string): string | undefined
  onHeld(images: number): void
}

export function SafeFrame({ title, html, remote, partUrl, onHeld }: FrameProps) {
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(80)
  const [ownColours, setOwnColours] = useState(true)
  const [loaded, setLoaded] = useState(false)
  const dark = isDark() && !ownColours
  useEffect(() => {
    const inside = frame.current?.contentDocument
    if (!loaded || !inside?.body) return
    const safe = safeHtml(html, { remote, partUrl }, frame.current!.contentWindow)
    onHeld(safe.held)
    setOwnColours(safe.ownColours)
    put(inside, safe)
    const measure = () =>
      setHeight(Math.ceil(inside.documentElement.getBoundingClientRect().height) + scrollbarOf(inside))
    const observer = new ResizeObserver(measure)
    observer.observe(inside.documentElement)
    inside.addEventListener('click', onClick)
    inside.addEventListener('keydown', forwardKey)
    measure()
    return () => {
      observer.disconnect()
      inside.removeEventListener('click', onClick)
      inside.removeEventListener('keydown', forwardKey)
    }
  }, [loaded, html])
  useEffect(() => {
    const root = frame.current?.contentDocument?.documentElement
    if (root) root.dataset['theme'] = dark ? 'dark' : 'light'
  }, [dark, loaded])
  return (
    <iframe
      ref={frame}
      class={dark ? 'is-dark' : ''}
      title={title}
      sandbox={SANDBOX}
      src={remote ? '/message-frame/images' : '/message-frame'}
      style={{ height: `${height}px` }}
      onLoad={() => setLoaded(true)}
    />
  )
}

/** Where images are that come with the message (RFC 2392). */
function partUrlOf({ attachments, htmlBody }: Email): (cid: string) => string | undefined {
  const { session, accountId } = current()
  const parts = new Map([...attachments, ...htmlBody].map((part) => [part.cid, part]))
  return (cid) => {
    const part = parts.get(cid)
    if (!part?.blobId || !part.type.startsWith('image/')) return undefined
    return downloadUrl(session, accountId, { blobId: part.blobId, name: part.name, type: part.type })
  }
}

/** A line's height of room where what is too wide scrolls. */
function scrollbarOf({ documentElement }: Document): number {
  return documentElement.scrollWidth > documentElement.clientWidth ? 16 : 0
}

/** Copied as elements, not as text that would be parsed once more: what was looked at is what is shown. */
function put(inside: Document, { body, css }: SafeHtml): void {
  const style = inside.querySelector('style') ?? inside.head.appendChild(inside.createElement('style'))
  style.textContent = css
  for (const { name, value } of body.attributes) inside.body.setAttribute(name, value)
  inside.body.dir ||= 'auto'
  inside.body.replaceChildren(...[...body.childNodes].map((node) => inside.importNode(node, true)))
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element | null
  const href = target?.closest?.('a')?.getAttribute('href')
  if (!href?.startsWith('mailto:')) return
  event.preventDefault()
  composeMailto(href)
}
