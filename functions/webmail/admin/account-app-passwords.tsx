import { useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { AdminForm, Confirm, textOf } from './form-dialog.tsx'
import { Card, Empty, Loaded, More, Secret } from './parts.tsx'
import type { AppPassword } from './types.ts'
import { useList } from './use-answer.ts'

/** Passwords for programs of an account. `path` is their list's. */
export function AccountAppPasswords({ path }: { path: string }) {
  const list = useList<AppPassword>(path, ({ id }) => id)
  const [made, setMade] = useState<{ name: string; password: string }>()
  const [removing, setRemoving] = useState<AppPassword>()
  const make = async (data: FormData) => {
    setMade(await call<AppPassword & { password: string }>('POST', path, { name: textOf(data, 'name') }))
    await list.load()
  }
  return (
    <Card title="App passwords">
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="App passwords">
          {list.items?.map((one) => (
            <li key={one.id}>
              <div>
                <bdi>{one.name}</bdi>
                <small>made {mediumDate(one.created_at)}</small>
              </div>
              <Button onClick={() => setRemoving(one)}>Take back</Button>
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>There is none.</Empty>}
        <More list={list} />
      </Loaded>
      {made && (
        <Secret
          label={
            <>
              The password for <bdi>{made.name}</bdi>. It is shown this once.
            </>
          }
          text={made.password}
        />
      )}
      <AdminForm action="Make an app password" onSubmit={make}>
        <label>
          <span>What is it for?</span>
          <input name="name" required maxLength={100} placeholder="Phone" autocomplete="off" />
        </label>
      </AdminForm>
      {removing && (
        <Confirm
          title="Take the app password back"
          action="Take it back"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await call('DELETE', `${path}/${encodeURIComponent(removing.id)}`)
            await list.load()
          }}
        >
          <p>
            What signs in with <bdi>{removing.name}</bdi> is let in no more.
          </p>
        </Confirm>
      )}
    </Card>
  )
}
