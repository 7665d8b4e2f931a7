import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import type { Email } from '../jmap/types.ts'
import { forward, reply } from '../state/begin-draft.ts'
import { draft } from '../state/compose.ts'
import { conversation, conversationEmails, openConversation } from '../state/conversation.ts'
import { threadSummaries } from '../state/emails.ts'
import { list, selection } from '../state/message-list.ts'
import { go, route } from '../state/route.ts'
import { ActionBar } from './action-bar.tsx'
import { Button, IconButton } from './button.tsx'
import { Icon } from './icons.tsx'
import { Message } from './message.tsx'

/** The open conversation, or what to do to have one. */
export function ReadingPane() {
  const open = conversation.value
  const to = route.value
  const threadId = to.view === 'mail' ? to.thread : undefined
  if (threadId === undefined || open === undefined || open.threadId !== threadId) return <Empty />
  return <Open key={threadId} threadId={threadId} />
}

function Empty() {
  const count = selection.value.size
  return (
    <section class="reading-pane empty" aria-label="Conversation">
      <Icon name="unread" />
      <p>{count > 0 ? `${count} selected` : 'Choose a conversation to read it here.'}</p>
    </section>
  )
}

export function closeConversation(): void {
  const to = route.value
  if (to.view === 'mail' && to.thread !== undefined) go({ ...to, thread: undefined })
}

/** The message that Reply answers: the last that is none of the drafts. */
export function answered(): Email | undefined {
  const open = conversation.value
  if (open === undefined) return undefined
  const emails = conversationEmails(open.threadId, list.value?.mailboxId)
  return emails.findLast(({ keywords }) => !keywords['$draft']) ?? emails.at(-1)
}

function Open({ threadId }: { threadId: string }) {
  const open = conversation.value!
  // A part of it would look like all of it.
  const all = open.status === 'loading' ? [] : conversationEmails(threadId, list.value?.mailboxId)
  const emails = all.filter(({ id }) => id !== draft.value?.emailId) // it is in the editor
  const title = useRef<HTMLHeadingElement>(null)
  const known = emails[0] ?? threadSummaries(threadId)[0]
  const subject = known?.subject || (known ? '(no subject)' : '')
  useEffect(() => {
    // Screen readers go on at the subject; the keys of the app work from there.
    title.current?.focus({ preventScroll: true })
  }, [])
  return (
    <section class="reading-pane" aria-labelledby="conversation-title">
      <header class="pane-head">
        <IconButton class="narrow-only" icon="back" label="Back to messages" shortcut="u" onClick={closeConversation} />
        {selection.value.size === 0 && <ActionBar />}
        <span class="grow" />
        <IconButton class="not-narrow" icon="close" label="Close conversation" onClick={closeConversation} />
      </header>
      <div class="conversation">
        <h2 id="conversation-title" dir="auto" tabIndex={-1} ref={title}>
          {subject}
        </h2>
        {open.status === 'failed' && (
          <div class="list-note failed" role="alert">
            <span>The conversation could not be loaded. {messageOf(open.failure)}</span>
            <Button onClick={() => openConversation(threadId, { again: emails.length > 0 })}>Try again</Button>
          </div>
        )}
        {open.status === 'loading' && emails.length === 0 && (
          <div class="waiting" aria-busy="true">
            <span class="unseen">Loading</span>
            <div class="message-shape" />
          </div>
        )}
        {emails.map((email, at) => (
          <Message key={email.id} email={email} isLast={at === emails.length - 1} />
        ))}
        {emails.length > 0 && <ReplyBar />}
      </div>
    </section>
  )
}

function ReplyBar() {
  const act = (work: (email: Email) => void) => () => {
    const email = answered()
    if (email) work(email)
  }
  return (
    <div class="reply-bar">
      <Button icon="reply" shortcut="r" onClick={act((email) => reply(email, { all: false }))}>
        Reply
      </Button>
      <Button icon="replyAll" shortcut="a" onClick={act((email) => reply(email, { all: true }))}>
        Reply all
      </Button>
      <Button icon="forward" shortcut="f" onClick={act(forward)}>
        Forward
      </Button>
    </div>
  )
}
