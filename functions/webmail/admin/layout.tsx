import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { go } from '../state/route.ts'
import { signedIn } from '../state/session.ts'
import { Button, IconButton } from '../views/button.tsx'
import { AccountPage } from './account.tsx'
import { Accounts } from './accounts.tsx'
import { Aliases } from './aliases.tsx'
import { call } from './api.ts'
import { ApiKeys } from './api-keys.tsx'
import { ApiLog } from './api-log.tsx'
import { CapturedMessages } from './captured.tsx'
import { CapturedPage } from './captured-message.tsx'
import { DomainPage } from './domain.tsx'
import { Domains } from './domains.tsx'
import { forgetOperatorKey } from './operator-key.ts'
import { linkTo, place } from './place.ts'
import { Prices } from './prices.tsx'
import { SentEmails } from './sent.tsx'
import { SentEmailPage } from './sent-email.tsx'
import { Suppressions } from './suppressions.tsx'
import { TenantPage } from './tenant.tsx'
import { Tenants } from './tenants.tsx'
import { Usage } from './usage.tsx'
import { WebhookPage } from './webhook.tsx'
import { Webhooks } from './webhooks.tsx'

interface Section {
  id: string
  title: string
  Page: ComponentType
  /** One of them. */
  One?: ComponentType<{ id: string; part: string | undefined }>
}

const OF_A_TENANT: readonly Section[] = [
  { id: 'domains', title: 'Domains', Page: Domains, One: DomainPage },
  { id: 'accounts', title: 'Accounts', Page: Accounts, One: AccountPage },
  { id: 'aliases', title: 'Aliases', Page: Aliases },
  { id: 'usage', title: 'Usage', Page: Usage },
  { id: 'sent', title: 'Sent mail', Page: SentEmails, One: SentEmailPage },
  { id: 'captured', title: 'Captured', Page: CapturedMessages, One: CapturedPage },
  { id: 'suppressions', title: 'Suppressions', Page: Suppressions },
  { id: 'webhooks', title: 'Webhooks', Page: Webhooks, One: WebhookPage },
  { id: 'keys', title: 'API keys', Page: ApiKeys },
  { id: 'log', title: 'API log', Page: ApiLog },
]

const OF_THE_OPERATOR: readonly Section[] = [
  { id: 'tenants', title: 'Tenants', Page: Tenants, One: TenantPage },
  { id: 'prices', title: 'Prices', Page: Prices },
]

/** The list of pages, and the one that is open. */
export function Layout() {
  const { as, tenant, path } = place.value
  const isOverAll = as === 'operator' && tenant === undefined
  const captures = useCaptures(!isOverAll, tenant)
  const all = isOverAll ? OF_THE_OPERATOR : OF_A_TENANT
  const sections = all.filter(({ id }) => id !== 'captured' || captures)
  const open = all.find(({ id }) => id === path[0]) ?? all[0]!
  const one = path[1]
  useEffect(() => {
    // On a phone the list is a line that scrolls.
    document.querySelector('.admin-nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [open.id, captures])
  return (
    <div class="admin">
      <header class="admin-top">
        {signedIn.value && <IconButton icon="back" label="Back to mail" onClick={() => go({ view: 'mail' })} />}
        <h1>{isOverAll ? 'Operator' : 'Administration'}</h1>
        <Whose />
      </header>
      <nav class="admin-nav" aria-label="Administration">
        <ul>
          {sections.map(({ id, title }) => (
            <li key={id}>
              <a href={linkTo(id)} aria-current={id === open.id ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section class="admin-page" aria-label={open.title} key={`${tenant} ${open.id} ${one}`}>
        {one !== undefined && open.One ? <open.One id={one} part={path[2]} /> : <open.Page />}
      </section>
    </div>
  )
}

/** For whom one acts here, and the way to the other side. */
function Whose() {
  const { as, tenant } = place.value
  if (as === 'administrator') {
    return (
      <p class="whose">
        <a href="#/admin/operator">Operator of this server?</a>
      </p>
    )
  }
  return (
    <p class="whose">
      {tenant !== undefined && (
        <>
          <span>
            Acting for <strong>{tenant}</strong>
          </span>
          <a href="#/admin/operator">All tenants</a>
        </>
      )}
      <Button kind="quiet" onClick={() => forgetOperatorKey()}>
        Forget the key
      </Button>
    </p>
  )
}

/** Whether this server keeps what would leave. */
function useCaptures(asked: boolean, tenant: string | undefined): boolean {
  const [captures, setCaptures] = useState(false)
  useEffect(() => {
    if (!asked) return
    call('GET', '/captured?limit=1').then(
      () => setCaptures(true),
      () => setCaptures(false), // there is no such page here; what fails of others is told there
    )
  }, [asked, tenant])
  return captures
}
