import { useState } from 'preact/hooks'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { FormDialog, textOf } from './form-dialog.tsx'
import { Empty, Head, Loaded, More, Secret, State } from './parts.tsx'
import { linkFor, linkTo } from './place.ts'
import type { Tenant, Usage } from './types.ts'
import { dollarText } from './usage-measures.ts'
import { useAnswer, useList } from './use-answer.ts'

/** Everybody who has mail here. */
export function Tenants() {
  const list = useList<Tenant>('/tenants', ({ id }) => id)
  const usage = useAnswer<Usage>('/usage')
  const [adding, setAdding] = useState(false)
  const [made, setMade] = useState<{ id: string; token: string }>()
  const uses = new Map(usage.value?.tenants.map(({ tenant, totals }) => [tenant, totals]))
  const add = async (data: FormData) => {
    const [id, name] = [textOf(data, 'id'), textOf(data, 'name')]
    const body = { id, ...(name !== '' && { name }) }
    const { api_key: key } = await call<Tenant & { api_key: { token: string } }>('POST', '/tenants', body)
    setMade({ id, token: key.token })
    await list.load()
  }
  return (
    <>
      <Head title="Tenants">
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          New tenant
        </Button>
      </Head>
      {made && (
        <Secret
          label={
            <>
              The first API key of <bdi>{made.id}</bdi>. It is shown this once.
            </>
          }
          text={made.token}
        />
      )}
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Tenants">
          {list.items?.map(({ id, name, status }) => (
            <li key={id}>
              <div>
                <a href={linkTo('tenants', id)}>
                  <bdi>{name}</bdi>
                </a>
                <small>
                  {id}
                  {uses.has(id) && `: ${usageLine(uses.get(id)!)} in the last 30 days`}
                </small>
              </div>
              <State of={status} />
              {status !== 'deleting' && (
                <a class="button plain" href={linkFor(id, 'domains')} aria-label={`Administer ${id}`}>
                  Administer
                </a>
              )}
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>There is no tenant yet.</Empty>}
        <More list={list} />
      </Loaded>
      {adding && (
        <FormDialog title="New tenant" action="Create" onClose={() => setAdding(false)} onSubmit={add}>
          <label>
            <span>Id: small letters, digits and hyphens; it never changes</span>
            {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
            <input name="id" autoFocus required maxLength={40} spellcheck={false} autocapitalize="none" />
          </label>
          <label>
            <span>Name</span>
            <input name="name" maxLength={200} autocomplete="off" />
          </label>
        </FormDialog>
      )}
    </>
  )
}

export function usageLine({ messages_in = 0, messages_out = 0, dollars = 0 }: Record<string, number>): string {
  return `${messages_in.toLocaleString()} in, ${messages_out.toLocaleString()} out, ${dollarText(dollars)}`
}
