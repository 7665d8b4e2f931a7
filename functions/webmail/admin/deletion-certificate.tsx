import { useEffect } from 'preact/hooks'
import { mediumDate } from '../text/dates.ts'
import { sizeText } from '../text/sizes.ts'
import { Card, Head, Loaded, State } from './parts.tsx'
import { linkTo } from './place.ts'
import { Fact } from './sent-email.tsx'
import type { Deletion } from './types.ts'
import { useAnswer } from './use-answer.ts'

const LOOK_EVERY_MS = 2_000

/** What became of a tenant that was deleted. */
export function DeletionCertificate({ tenant }: { tenant: string }) {
  const { value: deletion, failure, load } = useAnswer<Deletion>(`/tenants/${encodeURIComponent(tenant)}/deletion`)
  const isOver = deletion?.status === 'completed'
  useEffect(() => {
    if (isOver) return
    const timer = setInterval(load, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [isOver])
  return (
    <Loaded of={deletion} failure={failure} load={load}>
      {deletion && (
        <>
          <Head
            title={`Deletion of ${deletion.name}`}
            up={{ label: 'Tenants', href: linkTo('tenants') }}
            badges={<State of={deletion.status} />}
          />
          <Card title="Certificate">
            <dl class="facts">
              <Fact name="Tenant" value={deletion.tenant} />
              <Fact name="Asked for" value={mediumDate(deletion.requested_at)} />
              <Fact
                name="Completed"
                value={deletion.completed_at === null ? 'not yet' : mediumDate(deletion.completed_at)}
              />
              {Object.entries(deletion.removed).map(([what, count]) => (
                <Fact
                  key={what}
                  name={`Removed ${what.replaceAll('_', ' ')}`}
                  value={what.endsWith('octets') ? sizeText(count) : String(count)}
                />
              ))}
            </dl>
            <h4>What is gone only later</h4>
            <ul class="bullets">
              {deletion.remains.map(({ what, until }) => (
                <li key={what}>
                  {what}
                  {until !== null && `, until ${mediumDate(until)}`}
                </li>
              ))}
            </ul>
          </Card>
        </>
      )}
    </Loaded>
  )
}
