import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { mediumDate } from '../text/dates.ts'
import { Button } from '../views/button.tsx'
import { call } from './api.ts'
import { Card, Code, State } from './parts.tsx'
import type { Claim, Domain } from './types.ts'

interface DomainClaimProps {
  domain: Domain
  open: boolean
  onChange(): unknown
}

/** For a domain that somebody else here has: what proves that it is ours. */
export function DomainClaim({ domain, open, onChange }: DomainClaimProps) {
  const [claim, setClaim] = useState<Claim>()
  const [said, setSaid] = useState<string>()
  const ask = async (path: string, body?: object) => {
    try {
      const found = await call<Claim>('POST', path, body)
      setClaim(found)
      setSaid(found.failure_reason ?? undefined)
    } catch (error) {
      setSaid(messageOf(error))
    }
  }
  // One that is pending is shown again.
  const begin = () => ask('/domains/claim', { name: domain.name })
  useEffect(() => {
    if (open) void begin()
  }, [open])
  const verify = async () => {
    await ask(`/domains/${encodeURIComponent(domain.id)}/claim/verify`)
    await onChange()
  }
  if (claim === undefined || claim.status === 'completed') {
    return (
      <p class="hint">
        Does somebody else here have this domain, though it is yours?{' '}
        <button type="button" class="link" onClick={begin}>
          Claim it
        </button>
        <span role="alert"> {said}</span>
      </p>
    )
  }
  return (
    <Card title="Claim">
      <p>
        Publish this record until {mediumDate(claim.expires_at)}, then check the claim. The domain is yours from then
        on, and nobody else’s. <State of={claim.status} />
      </p>
      <dl class="facts">
        <dt>Type</dt>
        <dd>{claim.record.type}</dd>
        <dt>Name</dt>
        <dd>
          <Code text={claim.record.name} of="the name of the claim’s record" />
        </dd>
        <dt>Value</dt>
        <dd>
          <Code text={claim.record.value} of="the value of the claim’s record" />
        </dd>
      </dl>
      <p class="failure" role="alert">
        {said}
      </p>
      <div>
        <Button onClick={verify}>Check the claim</Button>
      </div>
    </Card>
  )
}
