import { useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { Confirm, FormDialog, linesOf } from './form-dialog.tsx'
import { Empty, Head, Loaded, More } from './parts.tsx'
import { linkTo } from './place.ts'
import type { Suppression } from './types.ts'
import { useList } from './use-answer.ts'

const WHY = { bounce: 'it bounced', complaint: 'its owner complained', manual: 'put here by hand' } as const

export function Suppressions() {
  const [origin, setOrigin] = useState('')
  const list = useList<Suppression>(`/suppressions${origin && `?origin=${origin}`}`, ({ id }) => id)
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Suppression>()
  return (
    <>
      <Head title="Suppressions">
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          Add addresses
        </Button>
      </Head>
      <p class="hint">Nothing is sent to these addresses any more.</p>
      <div class="filters">
        <label>
          <span>Show</span>
          <select value={origin} onChange={(event) => setOrigin(event.currentTarget.value)}>
            <option value="">all</option>
            <option value="bounce">those that bounced</option>
            <option value="complaint">those that complained</option>
            <option value="manual">those put here by hand</option>
          </select>
        </label>
      </div>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Suppressed addresses">
          {list.items?.map((one) => (
            <li key={one.id}>
              <div>
                <bdi>{one.email}</bdi>
                <small>
                  {WHY[one.origin]}, {mediumDate(one.created_at)}
                  {one.source_id !== null && (
                    <>
                      {' '}
                      <a href={linkTo('sent', one.source_id)}>the email</a>
                    </>
                  )}
                </small>
              </div>
              <Button onClick={() => setRemoving(one)}>Remove</Button>
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>There is none.</Empty>}
        <More list={list} />
      </Loaded>
      {adding && (
        <FormDialog
          title="Add addresses"
          action="Add"
          onClose={() => setAdding(false)}
          onSubmit={async (data) => {
            await call('POST', '/suppressions/batch/add', { emails: linesOf(data, 'emails') })
            await list.load()
          }}
        >
          <label>
            <span>Addresses, one a line, at most 100</span>
            {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
            <textarea name="emails" rows={5} autoFocus required spellcheck={false} />
          </label>
        </FormDialog>
      )}
      {removing && (
        <Confirm
          title="Remove the address"
          action="Remove it"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await call('DELETE', `/suppressions/${encodeURIComponent(removing.id)}`)
            await list.load()
          }}
        >
          <p>
            Mail goes to <bdi>{removing.email}</bdi> again.
          </p>
        </Confirm>
      )}
    </>
  )
}
