import { useState } from 'preact/hooks'
import { Failure } from '../jmap/failure.ts'
import { notify } from '../state/notices.ts'
import { parseSize } from '../text/sizes.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { AdminForm, FormDialog, textOf } from './form-dialog.tsx'
import { madePassword } from './made-password.ts'
import { Card, Empty, Head, Loaded, More, Secret } from './parts.tsx'
import { linkTo } from './place.ts'
import type { Account, ListedAccount, Pop3Settings } from './types.ts'
import { useAnswer, useList } from './use-answer.ts'

/** Ids of those deleted here: the API lists them until all that they held is gone. */
export const closed = new Set<string>()

export function Accounts() {
  const list = useList<ListedAccount>('/accounts', ({ id }) => id)
  const shown = list.items?.filter(({ id }) => !closed.has(id))
  const [adding, setAdding] = useState(false)
  const [made, setMade] = useState<{ address: string; password: string }>()
  const add = async (data: FormData) => {
    const password = madePassword()
    const quota = quotaIn(data)
    const account = await call<Account>('POST', '/accounts', {
      address: textOf(data, 'address'),
      password,
      ...(quota !== null && { quota_octets: quota }),
      ...(data.get('administrator') !== null && { administrator: true }),
    })
    setMade({ address: account.address, password })
    await list.load()
  }
  return (
    <>
      <Head title="Accounts">
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          New account
        </Button>
      </Head>
      {made && (
        <Secret
          label={
            <>
              The password of <bdi>{made.address}</bdi>. It is shown this once.
            </>
          }
          text={made.password}
        />
      )}
      <Loaded of={list.items} failure={list.failure} load={list.load}>
        <ul class="items" aria-label="Accounts">
          {shown?.map(({ id, address }) => (
            <li key={id}>
              <div>
                <a href={linkTo('accounts', id)}>
                  <bdi>{address}</bdi>
                </a>
              </div>
            </li>
          ))}
        </ul>
        {shown?.length === 0 && <Empty>There is no account yet. One needs a verified domain.</Empty>}
        <More list={list} />
      </Loaded>
      <Pop3 />
      {adding && (
        <FormDialog title="New account" action="Create" onClose={() => setAdding(false)} onSubmit={add}>
          <label>
            <span>Email address</span>
            {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
            <input name="address" type="email" autoFocus required spellcheck={false} autocomplete="off" />
          </label>
          <QuotaField quota={null} />
          <label class="check">
            <input type="checkbox" name="administrator" />
            <span>It administers these pages</span>
          </label>
          <p class="hint">A password is made, and shown once.</p>
        </FormDialog>
      )}
    </>
  )
}

export function QuotaField({ quota }: { quota: number | null }) {
  return (
    <label>
      <span>Storage it may use: 500 MB, 10 GB; empty for no limit</span>
      <input name="quota" spellcheck={false} defaultValue={quota === null ? '' : exactSize(quota)} />
    </label>
  )
}

/** null: none. Throws `Failure` where it is no size. */
export function quotaIn(data: FormData, name = 'quota'): number | null {
  const text = textOf(data, name).replaceAll(' ', '')
  if (text === '') return null
  const octets = parseSize(text)
  if (octets === undefined || octets < 1)
    throw new Failure('refused', `“${text}” is no size: write it as 500 MB or 10 GB.`)
  return octets
}

/** Read again it is the same number. */
export function exactSize(octets: number): string {
  const units = ['TB', 'GB', 'MB', 'KB']
  const at = units.findIndex((_, index) => octets % 1000 ** (units.length - index) === 0)
  return at < 0 ? String(octets) : `${octets / 1000 ** (units.length - at)} ${units[at]}`
}

/** How POP3 treats everybody's mailboxes. */
function Pop3() {
  const { value, failure, load } = useAnswer<Pop3Settings>('/pop3-settings')
  const save = async (data: FormData) => {
    await call('PATCH', '/pop3-settings', {
      retr_marks_seen: data.get('seen') !== null,
      dele_moves_to_trash: data.get('trash') !== null,
    })
    notify({ kind: 'done', text: 'The settings of POP3 are saved' })
  }
  return (
    <Card title="POP3, for all accounts">
      <Loaded of={value} failure={failure} load={load}>
        <AdminForm action="Save" onSubmit={save}>
          <label class="check">
            <input type="checkbox" name="seen" defaultChecked={value?.retr_marks_seen} />
            <span>What was fetched counts as read</span>
          </label>
          <label class="check">
            <input type="checkbox" name="trash" defaultChecked={value?.dele_moves_to_trash} />
            <span>What is deleted goes to Trash</span>
          </label>
        </AdminForm>
      </Loaded>
    </Card>
  )
}
