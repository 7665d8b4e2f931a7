import { useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { Button, IconButton } from '../views/button.tsx'
import { call, callForAll } from './api.ts'
import { Confirm, FormDialog, textOf } from './form-dialog.tsx'
import { Empty, Head, Loaded, More, Secret } from './parts.tsx'
import type { ApiKey, ListedDomain } from './types.ts'
import { useList } from './use-answer.ts'

export function ApiKeys() {
  const list = useList<ApiKey>('/api-keys', ({ id }) => id)
  const [domains, setDomains] = useState<readonly ListedDomain[]>([])
  const [adding, setAdding] = useState(false)
  const [full, setFull] = useState(false)
  const [made, setMade] = useState<{ name: string; token: string }>()
  const [removing, setRemoving] = useState<ApiKey>()
  const open = async () => {
    setFull(false)
    setAdding(true)
    setDomains(await callForAll<ListedDomain>('/domains', ({ id }) => id).catch(() => [])) // without them: of any domain
  }
  const add = async (data: FormData) => {
    const name = textOf(data, 'name')
    const domain = textOf(data, 'domain')
    const { token } = await call<{ token: string }>('POST', '/api-keys', {
      name,
      permission: full ? 'full_access' : 'sending_access',
      ...(!full && domain !== '' && { domain_id: domain }),
    })
    setMade({ name, token })
    await list.load()
  }
  return (
    <>
      <Head title="API keys">
        <Button kind="primary" icon="plus" onClick={open}>
          New key
        </Button>
      </Head>
      {made && (
        <Secret
          label={
            <>
              The key <bdi>{made.name}</bdi>. It is shown this once.
            </>
          }
          text={made.token}
        />
      )}
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="API keys">
          {list.items?.map((key) => (
            <li key={key.id}>
              <div>
                <bdi>{key.name}</bdi>
                <small>
                  {key.permission === 'full_access' ? 'may do everything' : 'sends'}
                  {key.domain_id !== null && ' from one domain'}, made {mediumDate(key.created_at)},{' '}
                  {key.last_used_at === null ? 'never used' : `last used ${mediumDate(key.last_used_at)}`}
                </small>
              </div>
              <IconButton icon="trash" label={`Delete ${key.name}`} onClick={() => setRemoving(key)} />
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>There is none. Programs send, and ask, with a key.</Empty>}
        <More list={list} />
      </Loaded>
      {adding && (
        <FormDialog title="New API key" action="Create" onClose={() => setAdding(false)} onSubmit={add}>
          <label>
            <span>Name</span>
            {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
            <input name="name" autoFocus required maxLength={50} autocomplete="off" placeholder="Shop" />
          </label>
          <label>
            <span>It may</span>
            <select
              value={full ? 'full' : 'sending'}
              onChange={(event) => setFull(event.currentTarget.value === 'full')}
            >
              <option value="sending">send mail</option>
              <option value="full">do everything that these pages do</option>
            </select>
          </label>
          {!full && (
            <label>
              <span>From</span>
              <select name="domain">
                <option value="">any domain</option>
                {domains.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
        </FormDialog>
      )}
      {removing && (
        <Confirm
          title="Delete the key"
          action="Delete it"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await call('DELETE', `/api-keys/${encodeURIComponent(removing.id)}`)
            await list.load()
          }}
        >
          <p>
            Whatever uses <bdi>{removing.name}</bdi> is let in no more, at once.
          </p>
        </Confirm>
      )}
    </>
  )
}
