import { useEffect, useRef, useState } from 'preact/hooks'
import {
  addFiles,
  closeDraft,
  composeFailure,
  discardDraft,
  draft,
  editDraft,
  type SaveStatus,
  saveStatus,
  sendDraft,
  sending,
} from '../state/compose.ts'
import type { Draft } from '../state/draft.ts'
import { identities } from '../state/identities.ts'
import { formatAddress } from '../text/addresses.ts'
import { AddressField } from './address-field.tsx'
import { Button, IconButton } from './button.tsx'
import { DraftFiles } from './draft-files.tsx'
import { Editor } from './editor.tsx'

const STATUS: Record<SaveStatus, string> = {
  clean: '',
  unsaved: 'Not kept yet',
  saving: 'Keeping…',
  saved: 'Kept among the drafts',
  failed: 'Not kept on the server; trying again',
}

export function Compose() {
  const written = draft.value
  if (written === undefined) return null
  return <Window key={written.key} written={written} />
}

function Window({ written }: { written: Draft }) {
  const [wide, setWide] = useState(false)
  const [copies, setCopies] = useState(written.cc !== '' || written.bcc !== '')
  const [over, setOver] = useState(false)
  const root = useRef<HTMLElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    const first = written.to === '' ? '[name=to]' : written.subject === '' ? '[name=subject]' : '[contenteditable]'
    root.current!.querySelector<HTMLElement>(first)?.focus()
    return () => before?.isConnected && before.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      void sendDraft()
    } else if (event.key === 'Escape' && !event.defaultPrevented) {
      event.preventDefault()
      void closeDraft()
    }
  }
  const files = (list: FileList | undefined | null) => {
    if (list && list.length > 0) addFiles(list)
  }
  const drop = (event: DragEvent) => {
    setOver(false)
    if (!event.dataTransfer?.files.length) return
    event.preventDefault()
    files(event.dataTransfer.files)
  }
  return (
    <section
      ref={root}
      class={`compose ${wide ? 'is-wide' : ''} ${over ? 'is-over' : ''}`}
      role="dialog"
      aria-label={written.title}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <header>
        <h2>{written.title}</h2>
        <span class="save-status" role="status">
          {STATUS[saveStatus.value]}
        </span>
        <IconButton
          class="wide-only"
          icon={wide ? 'shrink' : 'grow'}
          label={wide ? 'Smaller' : 'Larger'}
          onClick={() => setWide(!wide)}
        />
        <IconButton icon="close" label="Close and keep the draft" onClick={closeDraft} />
      </header>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void sendDraft()
        }}
      >
        <div class="fields">
          {identities.value.length > 1 && (
            <label class="field">
              <span>From</span>
              <select
                value={written.identityId ?? ''}
                onChange={(event) => editDraft({ identityId: event.currentTarget.value })}
              >
                {identities.value.map((identity) => (
                  <option key={identity.id} value={identity.id}>
                    {formatAddress(identity)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <div class="field-row">
            <AddressField label="To" name="to" value={written.to} onChange={(to) => editDraft({ to })} />
            {!copies && (
              <button type="button" class="link" onClick={() => setCopies(true)}>
                Cc, Bcc
              </button>
            )}
          </div>
          {copies && <AddressField label="Cc" name="cc" value={written.cc} onChange={(cc) => editDraft({ cc })} />}
          {copies && <AddressField label="Bcc" name="bcc" value={written.bcc} onChange={(bcc) => editDraft({ bcc })} />}
          <label class="field">
            <span>Subject</span>
            <input
              name="subject"
              dir="auto"
              autocomplete="off"
              value={written.subject}
              onInput={(event) => editDraft({ subject: event.currentTarget.value })}
            />
          </label>
        </div>
        <Editor initial={written.html} onChange={(html) => editDraft({ html })} onFiles={files} />
        {written.attachedText !== undefined && (
          <details class="attached-message">
            <summary>The forwarded message goes below</summary>
            <pre dir="auto">{written.attachedText}</pre>
            <Button kind="quiet" onClick={() => editDraft({ attachedHtml: undefined, attachedText: undefined })}>
              Leave it out
            </Button>
          </details>
        )}
        <DraftFiles files={written.files} />
        <p class="failure" role="alert">
          {composeFailure.value}
        </p>
        <footer>
          <Button type="submit" kind="primary" icon="sent" busy={sending.value} shortcut="Control+Enter">
            Send
          </Button>
          <AttachButton onFiles={files} />
          <span class="grow" />
          <IconButton icon="trash" label="Discard draft" onClick={discardDraft} />
        </footer>
      </form>
    </section>
  )
}

function AttachButton({ onFiles }: { onFiles(list: FileList | null): void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={(event) => {
          onFiles(event.currentTarget.files)
          event.currentTarget.value = '' // the same file may be chosen again
        }}
      />
      <IconButton icon="attachment" label="Attach files" onClick={() => input.current?.click()} />
    </>
  )
}
