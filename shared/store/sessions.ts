import { createHash } from 'node:crypto'
import { type AccountId, accountId, isTenantId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError, type Item, queryAll } from '../ports/table.ts'
import { accountPk, SESSION_PREFIX, sessionKey } from './keys.ts'
import { writeIf } from './write-if.ts'

/** Somebody who signed in with a browser and stays so. */
export interface Session {
  id: string
  account: AccountId
  /** The account's when it began: a new password ends the sessions of the old one. */
  credentialVersion: number
  /** Milliseconds since 1970, as the next two. */
  createdAt: number
  /** Exact to a few minutes. */
  lastUsedAt: number
  endsAt: number
  /** What signed in, as it called itself, and from where. */
  userAgent: string
  remoteAddress: string
}

export interface SessionLimits {
  sessionIdleMs: number
  sessionMs: number
}

const SECRET_OCTETS = 24
const LAST_USE_EXACT_MS = 5 * 60_000
const MOST_USER_AGENT_CHARACTERS = 200
const LOCAL_ID = /^[A-Za-z0-9_-]{1,64}$/
const SECRET = /^[A-Za-z0-9_-]{32}$/

/** Whose session a token is said to be; undefined where it is none of ours. */
export function parseSessionToken(token: string): AccountId | undefined {
  const [kind, tenant = '', local = '', secret = '', ...more] = token.split('.')
  if (kind !== 'tps' || more.length > 0 || !isTenantId(tenant)) return undefined
  return LOCAL_ID.test(local) && SECRET.test(secret) ? accountId(tenant, local) : undefined
}

/**
 * Sessions of browsers: `tps.<tenant>.<account>.` and 192 random bits. Only a hash of the token is kept, which is the session's id: finding the
 * item is the proof.
 */
export class Sessions {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The token is shown here and never again. */
  async create(
    of: { id: AccountId; credentialVersion: number },
    client: { userAgent: string; remoteAddress: string },
    limits: SessionLimits,
  ): Promise<{ session: Session; token: string }> {
    const { clock, ids, table } = this.engine
    const secret = Buffer.from(ids.random(SECRET_OCTETS)).toString('base64url')
    const token = `tps.${of.id.replace('/', '.')}.${secret}`
    const now = clock.now()
    const session: Session = {
      id: hashOf(token),
      account: of.id,
      credentialVersion: of.credentialVersion,
      createdAt: now,
      lastUsedAt: now,
      endsAt: now + limits.sessionMs,
      userAgent: client.userAgent.slice(0, MOST_USER_AGENT_CHARACTERS),
      remoteAddress: client.remoteAddress,
    }
    const { id, account, ...kept } = session
    await table.write([{ put: { ...sessionKey(account, id), ...kept, expires: expiryOf(session, limits) } }])
    return { session, token }
  }

  /** Undefined where the token opens nothing (any more). Whether the password is still the same is for who reads the account to ask. */
  async find(token: string, limits: SessionLimits): Promise<Session | undefined> {
    const account = parseSessionToken(token)
    if (account === undefined) return undefined
    const item = await this.engine.table.get(sessionKey(account, hashOf(token)))
    if (item === undefined) return undefined
    const session = sessionFrom(account, item)
    const now = this.engine.clock.now()
    if (now >= Math.min(session.endsAt, session.lastUsedAt + limits.sessionIdleMs)) return undefined
    await this.used(session, now, limits)
    return session
  }

  /** Those that have not ended, the one used last first. */
  async list(account: AccountId, limits: SessionLimits): Promise<Session[]> {
    const sessions: Session[] = []
    const now = this.engine.clock.now()
    for await (const item of queryAll(this.engine.table, accountPk(account), { prefix: SESSION_PREFIX })) {
      const session = sessionFrom(account, item)
      if (now < Math.min(session.endsAt, session.lastUsedAt + limits.sessionIdleMs)) sessions.push(session)
    }
    return sessions.sort((a, b) => b.lastUsedAt - a.lastUsedAt)
  }

  /** False where there is none. */
  async remove(account: AccountId, id: string): Promise<boolean> {
    return writeIf(this.engine.table, [{ delete: sessionKey(account, id), if: { present: true } }])
  }

  private async used(session: Session, now: number, limits: SessionLimits): Promise<void> {
    if (now - session.lastUsedAt < Math.min(LAST_USE_EXACT_MS, limits.sessionIdleMs / 4)) return
    session.lastUsedAt = now
    const update = sessionKey(session.account, session.id)
    try {
      const set = { lastUsedAt: now, expires: expiryOf(session, limits) }
      await this.engine.table.write([{ update, set, if: { present: true } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // ended meanwhile; the next call finds that out
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** For the engine, which removes what is over, in seconds. */
function expiryOf({ endsAt, lastUsedAt }: Session, { sessionIdleMs }: SessionLimits): number {
  return Math.ceil(Math.min(endsAt, lastUsedAt + sessionIdleMs) / 1000)
}

function sessionFrom(account: AccountId, item: Item): Session {
  return {
    id: item.sk.slice(SESSION_PREFIX.length),
    account,
    credentialVersion: item['credentialVersion'] as number,
    createdAt: item['createdAt'] as number,
    lastUsedAt: item['lastUsedAt'] as number,
    endsAt: item['endsAt'] as number,
    userAgent: item['userAgent'] as string,
    remoteAddress: item['remoteAddress'] as string,
  }
}
