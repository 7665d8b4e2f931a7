import { useState } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { FormDialog, textOf } from './form-dialog.tsx'
import { Empty, Head, Loaded, More, State } from './parts.tsx'
import { goTo, linkTo } from './place.ts'
import type { Claim, Domain, ListedDomain } from './types.ts'
import { useList } from './use-answer.ts'

export function Domains() {
  const list = useList<ListedDomain>('/domains', ({ id }) => id)
  const [dialog, setDialog] = useState<'add' | 'claim'>()
  const close = () => setDialog(undefined)
  const add = async (data: FormData) => goTo('domains', (await call<Domain>('POST', '/domains', nameIn(data))).id)
  const claim = async (data: FormData) =>
    goTo('domains', (await call<Claim>('POST', '/domains/claim', nameIn(data))).domain_id, 'claim')
  return (
    <>
      <Head title="Domains">
        <Button onClick={() => setDialog('claim')}>Claim a domain</Button>
        <Button kind="primary" icon="plus" onClick={() => setDialog('add')}>
          Add a domain
        </Button>
      </Head>
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Domains">
          {list.items?.map(({ id, name, status, created_at, capabilities: { sending, receiving } }) => (
            <li key={id}>
              <div>
                <a href={linkTo('domains', id)}>
                  <bdi>{name}</bdi>
                </a>
                <small>
                  {receiving === 'enabled' ? 'receives' : 'does not receive'},{' '}
                  {sending === 'enabled' ? 'sends' : 'does not send'}, since {mediumDate(created_at)}
                </small>
              </div>
              <State of={status} />
            </li>
          ))}
        </ul>
        {list.items?.length === 0 && <Empty>There is no domain yet. Mail begins with one that is yours.</Empty>}
        <More list={list} />
      </Loaded>
      {dialog === 'add' && (
        <FormDialog title="Add a domain" action="Add" onClose={close} onSubmit={add}>
          <Name />
          <p class="hint">You are shown the DNS records that it needs.</p>
        </FormDialog>
      )}
      {dialog === 'claim' && (
        <FormDialog title="Claim a domain" action="Claim" onClose={close} onSubmit={claim}>
          <p>
            Where somebody else here has a domain of yours, a DNS record proves that it is yours, and moves it to you.
          </p>
          <Name />
        </FormDialog>
      )}
    </>
  )
}

function Name() {
  return (
    <label>
      <span>Domain name</span>
      {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
      <input name="name" autoFocus required spellcheck={false} autocapitalize="none" placeholder="example.com" />
    </label>
  )
}

const nameIn = (data: FormData) => ({ name: textOf(data, 'name') })
