import { useState } from 'preact/hooks'
import { notify, notifyFailure } from '../state/notices.ts'
import { sizeText } from '../text/sizes.ts'
import { Button } from '../views/button.tsx'
import { Menu } from '../views/menu.tsx'
import { AccountAppPasswords } from './account-app-passwords.tsx'
import { closed, QuotaField, quotaIn } from './accounts.tsx'
import { call } from './api.ts'
import { AdminForm, Confirm, linesOf, textOf } from './form-dialog.tsx'
import { madePassword } from './made-password.ts'
import { Card, Head, Loaded, Secret } from './parts.tsx'
import { goTo, linkTo } from './place.ts'
import type { Account } from './types.ts'
import { useAnswer } from './use-answer.ts'

export function AccountPage({ id }: { id: string }) {
  const path = `/accounts/${encodeURIComponent(id)}`
  const { value: account, failure, load } = useAnswer<Account>(path)
  const [asking, setAsking] = useState<'delete' | 'password'>()
  const [password, setPassword] = useState<string>()
  const change = async (body: object, text: string) => {
    await call('PATCH', path, body)
    await load()
    notify({ kind: 'done', text })
  }
  const now = (body: object, text: string) => () =>
    change(body, text).catch((error) => notifyFailure('That did not work.', error))
  const close = () => setAsking(undefined)
  return (
    <Loaded of={account} failure={failure} load={load}>
      {account && (
        <>
          <Head
            title={account.address}
            up={{ label: 'Accounts', href: linkTo('accounts') }}
            badges={
              <>
                {account.administrator && <span class="state good">administrator</span>}
                {account.suspended && <span class="state bad">suspended</span>}
              </>
            }
          >
            <Button onClick={() => setAsking('password')}>New password</Button>
            {account.suspended ? (
              <Button onClick={now({ suspended: false }, `${account.address} may sign in again`)}>Resume</Button>
            ) : (
              <Button onClick={now({ suspended: true }, `${account.address} signs in no more`)}>Suspend</Button>
            )}
            <Menu
              label={`More about ${account.address}`}
              items={[
                account.administrator
                  ? { label: 'No administrator any more', run: now({ administrator: false }, 'It administers no more') }
                  : { label: 'Make it administrator', run: now({ administrator: true }, 'It administers these pages') },
                { label: 'Delete the account', icon: 'trash', danger: true, run: () => setAsking('delete') },
              ]}
            />
          </Head>
          {password !== undefined && <Secret label="The new password. It is shown this once." text={password} />}
          <Storage account={account} onChange={change} />
          <Mail account={account} onChange={change} />
          <AccountAppPasswords path={`${path}/app-passwords`} />
          {asking === 'password' && (
            <Confirm
              title="New password"
              action="Make a new password"
              onClose={close}
              onConfirm={async () => {
                const made = madePassword()
                await change({ password: made }, 'The password is new')
                setPassword(made)
              }}
            >
              <p>The present one opens nothing any more, and every browser is signed out. App passwords stay.</p>
            </Confirm>
          )}
          {asking === 'delete' && (
            <Confirm
              title="Delete the account"
              action="Delete it for good"
              typed={account.address}
              onClose={close}
              onConfirm={async () => {
                await call('DELETE', path)
                closed.add(account.id)
                notify({ kind: 'done', text: `${account.address} is deleted` })
                goTo('accounts')
              }}
            >
              <p>Its mailboxes and {account.messages} messages go with it. There is no way back.</p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  )
}

interface PartProps {
  account: Account
  onChange(body: object, text: string): Promise<void>
}

function Storage({ account: { quota_octets: quota, used_octets: used, messages }, onChange }: PartProps) {
  const share = quota === null ? undefined : Math.min(1, used / quota)
  const uses = `${sizeText(used)}${quota === null ? '' : ` of ${sizeText(quota)}`}, ${messages} messages`
  return (
    <Card title="Storage">
      <p>{uses}</p>
      {share !== undefined && <progress value={share} max={1} aria-label={`Used: ${uses}`} />}
      <AdminForm
        action="Save the limit"
        onSubmit={async (data) => onChange({ quota_octets: quotaIn(data) }, 'The limit is saved')}
      >
        <QuotaField quota={quota} />
      </AdminForm>
    </Card>
  )
}

function Mail({ account, onChange }: PartProps) {
  return (
    <Card title="Mail and programs">
      <AdminForm
        action="Save"
        onSubmit={(data) =>
          onChange(
            {
              forward_to: linesOf(data, 'forwards'),
              moved_to: textOf(data, 'moved') || null,
              imap_without: linesOf(data, 'without'),
            },
            'Saved',
          )
        }
      >
        <label>
          <span>A copy of everything goes to, one address a line</span>
          <textarea name="forwards" rows={2} spellcheck={false} defaultValue={account.forward_to.join('\n')} />
        </label>
        <label>
          <span>It has moved to: senders are told to write there</span>
          <input name="moved" type="email" spellcheck={false} defaultValue={account.moved_to ?? ''} />
        </label>
        <label>
          <span>IMAP capabilities its programs are not shown, one a line</span>
          <textarea
            name="without"
            rows={2}
            spellcheck={false}
            placeholder="COMPRESS=DEFLATE"
            defaultValue={account.imap_without.join('\n')}
          />
        </label>
      </AdminForm>
    </Card>
  )
}
