import { useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { Loading } from './loading.tsx'
import { useRecords } from './use-records.ts'

interface AppPassword {
  id: string
  name: string
  createdAt: string
}

/** A password for each other program, so that one can be taken back alone. */
export function AppPasswords() {
  const { list, failure, load, change } = useRecords<AppPassword>('AppPassword')
  const [name, setName] = useState('')
  const [made, setMade] = useState<{ name: string; password: string }>()
  const submit = async (event: Event) => {
    event.preventDefault()
    const wanted = name.trim()
    if (wanted === '') return
    const created = await change({ create: { made: { name: wanted } } })
    if (created?.['made'] === undefined) return
    setMade({ name: wanted, password: String(created['made']['password']) })
    setName('')
  }
  return (
    <Loading of={list} failure={failure} load={load}>
      <p>For mail programs and devices: with it they read and send, and cannot change your password.</p>
      <form class="form" onSubmit={submit}>
        <label>
          <span>What is it for?</span>
          <input
            value={name}
            dir="auto"
            maxLength={100}
            placeholder="Phone"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <footer>
          <Button type="submit" kind="primary">
            Make an app password
          </Button>
        </footer>
      </form>
      {made && (
        <div class="secret" role="status">
          <span>
            The password for <bdi>{made.name}</bdi>. It is shown this once.
          </span>
          <code>{made.password}</code>
        </div>
      )}
      <ul class="items" aria-label="App passwords">
        {list?.map(({ id, name: of, createdAt }) => (
          <li key={id}>
            <div>
              <bdi>{of}</bdi>
              <small>made {mediumDate(createdAt)}</small>
            </div>
            <Button onClick={() => change({ destroy: [id] })}>Take back</Button>
          </li>
        ))}
      </ul>
      {list?.length === 0 && <p class="hint">There is none.</p>}
    </Loading>
  )
}
