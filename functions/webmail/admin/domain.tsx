import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { notify } from '../state/notices.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { DomainClaim } from './domain-claim.tsx'
import { DomainSettings } from './domain-settings.tsx'
import { Confirm } from './form-dialog.tsx'
import { Card, Code, Head, Loaded, Scrolls, State } from './parts.tsx'
import { goTo, linkTo } from './place.ts'
import type { Domain, DomainRecord } from './types.ts'
import { useAnswer } from './use-answer.ts'

/** How often records that are missing are looked for while somebody waits for them. */
const LOOK_EVERY_MS = 30_000

/** `part`: its claim is open. */
export function DomainPage({ id, part }: { id: string; part: string | undefined }) {
  const path = `/domains/${encodeURIComponent(id)}`
  const { value: domain, failure, load } = useAnswer<Domain>(path)
  const [removing, setRemoving] = useState(false)
  const [checked, setChecked] = useState<string>()
  const [busy, setBusy] = useState(false)
  const check = async () => {
    setBusy(true)
    try {
      await call('POST', `${path}/verify`)
      await load()
      setChecked(`Looked up at ${new Date().toLocaleTimeString()}.`)
    } catch (error) {
      setChecked(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  const isMissing = domain?.records.some(({ status, required }) => required && status !== 'verified') ?? false
  useEffect(() => {
    // The first look is a person's to ask for; from then on the page looks by itself until all is there.
    if (!isMissing || checked === undefined) return
    const timer = setInterval(() => document.visibilityState === 'visible' && void check(), LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [isMissing, checked === undefined])
  return (
    <Loaded of={domain} failure={failure} load={load}>
      {domain && (
        <>
          <Head
            title={domain.name}
            up={{ label: 'Domains', href: linkTo('domains') }}
            badges={<State of={domain.status} />}
          >
            <Button kind="primary" icon="refresh" busy={busy} onClick={check}>
              Check the records
            </Button>
            <Button icon="trash" onClick={() => setRemoving(true)}>
              Remove
            </Button>
          </Head>
          {domain.status !== 'verified' && <DomainClaim domain={domain} open={part === 'claim'} onChange={load} />}
          <Card title="DNS records">
            <p class="hint">
              These go to whoever runs the DNS of <bdi>{domain.name}</bdi>. Those that are required make it work; the
              others make it trusted and easy to set up.
            </p>
            <p class="hint" role="status">
              {checked}
              {checked !== undefined && isMissing ? ' Looking again every half minute.' : ''}
            </p>
            <Records records={domain.records} />
          </Card>
          <DomainSettings domain={domain} path={path} onChange={load} />
          {removing && (
            <Confirm
              title="Remove the domain"
              action="Remove it"
              typed={domain.name}
              onClose={() => setRemoving(false)}
              onConfirm={async () => {
                await call('DELETE', path)
                notify({ kind: 'done', text: `${domain.name} is removed` })
                goTo('domains')
              }}
            >
              <p>
                It receives and sends no more. Accounts and aliases in <bdi>{domain.name}</bdi> have to be deleted
                first.
              </p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  )
}

function Records({ records }: { records: readonly DomainRecord[] }) {
  return (
    <Scrolls label="DNS records">
      <table class="records">
        <thead>
          <tr>
            <th scope="col">For</th>
            <th scope="col">Type</th>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {records.map(({ record, type, name, value, priority, status, required }) => (
            <tr key={`${type} ${name} ${value}`}>
              <th scope="row">
                {record}
                <small>{required ? 'required' : 'optional'}</small>
              </th>
              <td>
                {type}
                {priority !== undefined && <small>priority {priority}</small>}
              </td>
              <td>
                <Code text={name} of={`the name of ${record}, ${name}`} />
              </td>
              <td>
                <Code text={value} of={`the value of ${record}, ${name}`} />
              </td>
              <td>
                <State of={status} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  )
}
