import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { move } from '../state/actions.ts'
import { createMailbox, folders } from '../state/mailboxes.ts'
import { list } from '../state/message-list.ts'
import { notifyFailure } from '../state/notices.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icons.tsx'

/** Rows that wait for a folder. */
export const moving = signal<readonly string[] | undefined>(undefined)

/** Where to? Typing narrows the folders; Enter takes the first, or makes one. */
export function MoveDialog() {
  const heads = moving.value
  if (heads === undefined || heads.length === 0) return null
  return <Choice heads={heads} />
}

function Choice({ heads }: { heads: readonly string[] }) {
  const [typed, setTyped] = useState('')
  const wanted = typed.trim().toLowerCase()
  const close = () => (moving.value = undefined)
  const found = folders.value.filter(
    ({ mailbox, path }) => mailbox.id !== list.value?.mailboxId && path.toLowerCase().includes(wanted),
  )
  const choose = (id: string) => {
    close()
    move(heads, id).catch((error) => notifyFailure('That could not be moved.', error))
  }
  const make = async () => {
    try {
      choose(await createMailbox(typed.trim(), null))
    } catch (error) {
      notifyFailure('The folder could not be made.', error)
    }
  }
  const submit = (event: Event) => {
    event.preventDefault()
    if (found[0]) choose(found[0].mailbox.id)
    else if (wanted !== '') void make()
  }
  return (
    <Dialog title="Move to folder" onClose={close} class="small">
      <form onSubmit={submit}>
        <label>
          <span>Find a folder</span>
          <input autoFocus value={typed} dir="auto" onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
        <ul class="choices">
          {found.map(({ mailbox, path }) => (
            <li key={mailbox.id}>
              <button type="button" onClick={() => choose(mailbox.id)}>
                <Icon name="folder" />
                <span dir="auto">{path}</span>
              </button>
            </li>
          ))}
          {found.length === 0 && wanted !== '' && (
            <li>
              <button type="button" onClick={make}>
                <Icon name="plus" />
                <span>
                  New folder “<bdi>{typed.trim()}</bdi>”
                </span>
              </button>
            </li>
          )}
        </ul>
      </form>
    </Dialog>
  )
}
