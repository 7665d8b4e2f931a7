import { useState } from 'preact/hooks'
import { Button, IconButton } from '../views/button.tsx'
import { call } from './api.ts'
import { Confirm, FormDialog, linesOf, textOf } from './form-dialog.tsx'
import { Empty, Head, Loaded, More } from './parts.tsx'
import type { Alias } from './types.ts'
import { useList } from './use-answer.ts'

export function Aliases() {
  const list = useList<Alias>('/aliases', ({ id }) => id)
  const [editing, setEditing] = useState<Alias | 'new'>()
  const [removing, setRemoving] = useState<Alias>()
  const known = editing === 'new' ? undefined : editing
  const save = async (data: FormData) => {
    const body = {
      targets: linesOf(data, 'targets'),
      forward_to: linesOf(data, 'forwards'),
      moved_to: textOf(data, 'moved') || null,
    }
    if (known) await call('PUT', pathOf(known), body)
    else await call('POST', '/aliases', { address: textOf(data, 'address'), ...body })
    await list.load()
  }
  return (
    <>
      <Head title="Aliases">
        <Button kind="primary" icon="plus" onClick={() => setEditing('new')}>
          New alias
        </Button>
      </Head>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Aliases">
          {list.items?.map((alias) => (
            <li key={alias.id}>
              <div>
                <bdi>{alias.address}</bdi>
                {alias.address.startsWith('*@') && <span class="state open">catch-all</span>}
                <small>{whereTo(alias)}</small>
              </div>
              <Button onClick={() => setEditing(alias)}>Change</Button>
              <IconButton icon="trash" label={`Remove ${alias.address}`} onClick={() => setRemoving(alias)} />
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && (
          <Empty>There is no alias. One brings mail for an address to several accounts.</Empty>
        )}
        <More list={list} />
      </Loaded>
      {editing !== undefined && (
        <FormDialog
          title={known ? `Where ${known.address} leads` : 'New alias'}
          action={known ? 'Save' : 'Create'}
          onClose={() => setEditing(undefined)}
          onSubmit={save}
        >
          {known === undefined && (
            <label>
              <span>Address; *@example.com takes what no other address does</span>
              {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
              <input name="address" autoFocus required spellcheck={false} autocomplete="off" />
            </label>
          )}
          <label>
            <span>Accounts that get its mail, one a line</span>
            <textarea name="targets" rows={3} spellcheck={false} defaultValue={known?.targets.join('\n')} />
          </label>
          <label>
            <span>Addresses elsewhere that get a copy, one a line</span>
            <textarea name="forwards" rows={2} spellcheck={false} defaultValue={known?.forward_to.join('\n')} />
          </label>
          <label>
            <span>It has moved to: senders are told to write there</span>
            <input name="moved" type="email" spellcheck={false} defaultValue={known?.moved_to ?? ''} />
          </label>
        </FormDialog>
      )}
      {removing && (
        <Confirm
          title="Remove the alias"
          action="Remove it"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await call('DELETE', pathOf(removing))
            await list.load()
          }}
        >
          <p>
            Mail for <bdi>{removing.address}</bdi> is refused from then on.
          </p>
        </Confirm>
      )}
    </>
  )
}

const pathOf = ({ id }: Alias) => `/aliases/${encodeURIComponent(id)}`

function whereTo({ targets, forward_to, moved_to }: Alias): string {
  const parts = [
    ...(targets.length > 0 ? [`to ${targets.join(', ')}`] : []),
    ...(forward_to.length > 0 ? [`on to ${forward_to.join(', ')}`] : []),
    ...(moved_to === null ? [] : [`has moved to ${moved_to}`]),
  ]
  return parts.join('; ')
}
