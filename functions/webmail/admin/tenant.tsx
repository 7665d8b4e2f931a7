import { useState } from 'preact/hooks'
import { Failure } from '../jmap/failure.ts'
import { notify, notifyFailure } from '../state/notices.ts'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { exactSize, quotaIn } from './accounts.tsx'
import { call } from './api.ts'
import { DeletionCertificate } from './deletion-certificate.tsx'
import { AdminForm, Confirm, textOf } from './form-dialog.tsx'
import { Card, Head, Loaded, State } from './parts.tsx'
import { linkFor, linkTo } from './place.ts'
import { usageLine } from './tenants.tsx'
import type { Tenant, TenantLimits, Usage } from './types.ts'
import { useAnswer } from './use-answer.ts'

const COUNTED = {
  messages_in_per_day: 'Messages in, by day',
  messages_in_per_month: 'Messages in, by month',
  messages_out_per_day: 'Messages out, by day',
  messages_out_per_month: 'Messages out, by month',
} as const

/** What an operator decides about a tenant. */
export function TenantPage({ id }: { id: string }) {
  const path = `/tenants/${encodeURIComponent(id)}`
  const { value: tenant, failure, load } = useAnswer<Tenant>(path)
  const usage = useAnswer<Usage>('/usage')
  const [deleting, setDeleting] = useState(false)
  const used = usage.value?.tenants.find((each) => each.tenant === id)
  const act = (verb: string, text: string) => async () => {
    try {
      await call('POST', `${path}/${verb}`)
      await load()
      notify({ kind: 'done', text })
    } catch (error) {
      notifyFailure('That did not work.', error)
    }
  }
  // What was deleted has a certificate, and nothing else any more.
  if (failure?.type === 'not_found' || tenant?.status === 'deleting') return <DeletionCertificate tenant={id} />
  return (
    <Loaded of={tenant} failure={failure} load={load}>
      {tenant && (
        <>
          <Head
            title={tenant.name}
            up={{ label: 'Tenants', href: linkTo('tenants') }}
            badges={<State of={tenant.status} />}
          >
            <a class="button primary" href={linkFor(id, 'domains')}>
              Administer
            </a>
            {tenant.status === 'suspended' ? (
              <Button onClick={act('resume', `${id} goes on`)}>Resume</Button>
            ) : (
              <Button onClick={act('suspend', `${id} is suspended`)}>Suspend</Button>
            )}
            <Button icon="trash" onClick={() => setDeleting(true)}>
              Delete
            </Button>
          </Head>
          <p>
            {id}, since {mediumDate(tenant.created_at)}
            {used && `. In the last 30 days: ${usageLine(used.totals)}.`}
          </p>
          <Card title="Name and limits">
            <Limits
              tenant={tenant}
              onSave={async (body) => {
                await call('PATCH', path, body)
                await load()
                notify({ kind: 'done', text: 'Saved' })
              }}
            />
          </Card>
          {deleting && (
            <Confirm
              title="Delete the tenant"
              action="Delete it for good"
              typed={id}
              onClose={() => setDeleting(false)}
              onConfirm={async () => {
                await call('DELETE', path)
                await load()
              }}
            >
              <p>
                All domains, accounts and messages of <bdi>{tenant.name}</bdi> go, at once and for good. A certificate
                says what went.
              </p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  )
}

function Limits({ tenant, onSave }: { tenant: Tenant; onSave(body: object): Promise<void> }) {
  const { limits } = tenant
  const save = (data: FormData) => {
    const counted = Object.keys(COUNTED).map((name) => [name, numberIn(data, name)])
    const wanted = { ...Object.fromEntries(counted), storage_octets: quotaIn(data, 'storage') } as TenantLimits
    return onSave({ name: textOf(data, 'name'), limits: wanted })
  }
  return (
    <AdminForm action="Save" onSubmit={async (data) => save(data)}>
      <label>
        <span>Name</span>
        <input name="name" required maxLength={200} defaultValue={tenant.name} />
      </label>
      <p class="hint">Where a field is empty there is no limit.</p>
      <label>
        <span>Storage of all accounts: 500 MB, 10 GB</span>
        <input name="storage" defaultValue={limits.storage_octets === null ? '' : exactSize(limits.storage_octets)} />
      </label>
      <div class="pair">
        {Object.entries(COUNTED).map(([name, label]) => (
          <label key={name}>
            <span>{label}</span>
            <input name={name} inputMode="numeric" defaultValue={limits[name as keyof TenantLimits] ?? ''} />
          </label>
        ))}
      </div>
    </AdminForm>
  )
}

function numberIn(data: FormData, name: string): number | null {
  const text = textOf(data, name)
  if (text === '') return null
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Failure('refused', `“${text}” is no number of messages.`)
  return number
}
