/** Credentials that reach one tenant alone: of a role whose policies stand on the session's tag `tenant` (infra/capabilities/storage.ts). */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts'
import type { TenantId } from '../../mailbox/ids.ts'
import { LruMap } from '../../mailbox/lru-map.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Credentials } from './clients.ts'

export interface TenantCredentialsOptions {
  client: STSClient
  roleArn: string
  clock: Clock
}

/** What a role that was itself assumed may give at most (IAM User Guide, "Role chaining"). */
const SESSION_SECONDS = 3600
/** A request that was signed just before the end still has to arrive. */
const RENEW_MS = 10 * 60 * 1000
const TENANTS_AT_HAND = 10_000

interface Session {
  credentials: Promise<Credentials>
  renewAt: number
}

/** One call for each tenant and hour, whoever asks at once. What throws is asked for again by the next. */
export function tenantCredentials({ client, roleArn, clock }: TenantCredentialsOptions) {
  const sessions = new LruMap<TenantId, Session>(TENANTS_AT_HAND)

  async function assume(tenant: TenantId): Promise<Credentials> {
    const { Credentials: given } = await client.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: tenant,
        DurationSeconds: SESSION_SECONDS,
        Tags: [{ Key: 'tenant', Value: tenant }],
      }),
    )
    if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined || given.SessionToken === undefined) {
      throw new Error('STS gave no credentials')
    }
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
      ...(given.Expiration !== undefined && { expiration: given.Expiration }),
    }
  }

  return function credentialsOf(tenant: TenantId): Promise<Credentials> {
    const known = sessions.get(tenant)
    if (known !== undefined && clock.now() < known.renewAt) return known.credentials
    const session: Session = { credentials: assume(tenant), renewAt: clock.now() + SESSION_SECONDS * 1000 - RENEW_MS }
    sessions.set(tenant, session)
    session.credentials.catch(() => {
      if (sessions.get(tenant) === session) sessions.delete(tenant)
    })
    return session.credentials
  }
}
