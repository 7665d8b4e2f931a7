import { useState } from 'preact/hooks'
import { downloadUrl } from '../jmap/blobs.ts'
import type { Email, EmailAddress } from '../jmap/types.ts'
import { ruleSource } from '../settings/rule.ts'
import { setKeyword } from '../state/actions.ts'
import { composeTo, editSaved, forward, htmlOf, reply, textOf } from '../state/begin-draft.ts'
import { conversation } from '../state/conversation.ts'
import { go } from '../state/route.ts'
import { current, signedIn } from '../state/session.ts'
import { formatAddress, shortName } from '../text/addresses.ts'
import { longDate, mediumDate } from '../text/dates.ts'
import { destroying } from './action-bar.tsx'
import { Attachments } from './attachments.tsx'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'
import { Menu, type MenuItem } from './menu.tsx'
import { MessageFrame } from './message-frame.tsx'
import { PlainText } from './plain-text.tsx'

/** One message of a conversation; those read before stand folded. */
export function Message({ email, isLast }: { email: Email; isLast: boolean }) {
  const isFresh = conversation.value?.fresh.has(email.id) || !email.keywords['$seen']
  const [unfolded, setUnfolded] = useState(isLast || isFresh)
  const [details, setDetails] = useState(false)
  const author = email.from?.[0] ?? { name: null, email: '' }
  const name = shortName(author)
  const isDraft = email.keywords['$draft'] === true
  const fold = () => (isLast ? setDetails(!details) : setUnfolded(!unfolded))
  return (
    <article class={`message ${unfolded ? '' : 'is-folded'}`} aria-label={`Message from ${name}`}>
      <header>
        <Avatar name={name} seed={author.email} />
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the button in it is what the keyboard uses */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
        <div class="message-head" onClick={fold}>
          <button type="button" class="message-from" dir="auto" aria-expanded={isLast ? details : unfolded}>
            {name}
            {unfolded && author.name && <span class="address"> {author.email}</span>}
          </button>
          <span class="message-to" dir="auto">
            {isDraft && <span class="badge">Draft</span>}
            {unfolded ? `to ${namesOf(email)}` : email.preview}
          </span>
        </div>
        <time dateTime={email.receivedAt} title={longDate(email.receivedAt)}>
          {mediumDate(email.receivedAt)}
        </time>
        {email.keywords['$flagged'] && <Icon name="flag" class="is-flagged" />}
        <Menu label="Message actions" items={actionsOf(email, () => setDetails(!details))} />
      </header>
      {unfolded && (
        <div class="message-body">
          {details && <Details email={email} />}
          {isDraft && (
            <p class="message-note">
              This is a draft. <Button onClick={() => editSaved(email)}>Go on writing</Button>
            </p>
          )}
          <Body email={email} />
          <Attachments email={email} />
        </div>
      )}
    </article>
  )
}

function Body({ email }: { email: Email }) {
  const html = htmlOf(email)
  const cut = Object.values(email.bodyValues).some(({ isTruncated }) => isTruncated)
  const { session, accountId } = current()
  const raw = { blobId: email.blobId, name: 'message.eml', type: 'message/rfc822' }
  return (
    <>
      {html === undefined ? <PlainText text={textOf(email)} /> : <MessageFrame email={email} html={html} />}
      {cut && (
        <p class="message-note">
          This message is long, and its end is not shown.{' '}
          <a href={downloadUrl(session, accountId, raw)}>Download all of it</a>
        </p>
      )}
    </>
  )
}

function Details({ email }: { email: Email }) {
  const rows: [string, readonly EmailAddress[] | null][] = [
    ['From', email.from],
    ['Reply to', email.replyTo],
    ['To', email.to],
    ['Cc', email.cc],
    ['Bcc', email.bcc],
  ]
  return (
    <dl class="details">
      {rows.map(
        ([label, addresses]) =>
          addresses &&
          addresses.length > 0 && (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                {addresses.map((address) => (
                  <button key={address.email} type="button" class="link" dir="auto" onClick={() => composeTo(address)}>
                    {formatAddress(address)}
                  </button>
                ))}
              </dd>
            </div>
          ),
      )}
      <div>
        <dt>Date</dt>
        <dd>{longDate(email.sentAt ?? email.receivedAt)}</dd>
      </div>
    </dl>
  )
}

/** Who it is to, the reader as `me`. */
function namesOf({ to, cc, bcc }: Email): string {
  const own = signedIn.value?.email.toLowerCase()
  const all = [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])]
  const names = all.map((each) => (each.email.toLowerCase() === own ? 'me' : shortName(each)))
  if (names.length === 0) return 'nobody named'
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

function actionsOf(email: Email, toggleDetails: () => void): MenuItem[] {
  const { session, accountId } = current()
  const flagged = email.keywords['$flagged'] === true
  const raw = { blobId: email.blobId, name: 'message.eml', type: 'message/rfc822' }
  return [
    { label: 'Reply', icon: 'reply', run: () => reply(email, { all: false }) },
    { label: 'Reply all', icon: 'replyAll', run: () => reply(email, { all: true }) },
    { label: 'Forward', icon: 'forward', run: () => forward(email) },
    {
      label: flagged ? 'Take the flag off' : 'Flag this message',
      icon: 'flag',
      run: () => setKeyword([email.id], '$flagged', !flagged, [email.id]),
    },
    { label: 'Mark as unread', icon: 'unread', run: () => setKeyword([email.id], '$seen', false, [email.id]) },
    { label: 'Make a rule of it', icon: 'filter', run: () => makeRule(email) },
    { label: 'Show details', icon: 'person', run: toggleDetails },
    {
      label: 'Download',
      icon: 'download',
      run: () => window.open(downloadUrl(session, accountId, raw), '_blank', 'noopener'),
    },
    { label: 'Delete for good', icon: 'trash', danger: true, run: () => (destroying.value = [email.id]) },
  ]
}

function makeRule(email: Email): void {
  ruleSource.value = email
  go({ view: 'settings', section: 'rules' })
}
