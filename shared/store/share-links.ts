import { createHmac, timingSafeEqual } from 'node:crypto'
import { type ContentId, isContentId, isTenantId, type TenantId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { shareKey } from './keys.ts'

const SECRET_OCTETS = 32

/** Whose email a token is said to show; undefined where it is none of ours. */
export function tenantOfShare(token: string): TenantId | undefined {
  const [tenant = ''] = token.split('.')
  return isTenantId(tenant) ? tenant : undefined
}

/** Links to single emails that anybody may follow for a while: `<tenant>.<email>.<end>.<MAC>`, under a secret of the tenant's. */
export class ShareLinks {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async sign(email: ContentId, expiresAt: number): Promise<string> {
    const secret = (await this.secret()) ?? (await this.makeSecret())
    const said = `${this.engine.tenant}.${email}.${expiresAt}`
    return `${said}.${macOf(secret, said).toString('base64url')}`
  }

  /** Undefined where the token was changed, or its time is over. */
  async verify(token: string): Promise<ContentId | undefined> {
    const [tenant, email = '', expires, mac = ''] = token.split('.')
    if (tenant !== this.engine.tenant || !isContentId(email)) return undefined
    const secret = await this.secret()
    if (secret === undefined) return undefined
    const expected = macOf(secret, `${tenant}.${email}.${expires}`)
    const given = Buffer.from(mac, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    return Number(expires) > this.engine.clock.now() ? email : undefined
  }

  private async secret(): Promise<Uint8Array | undefined> {
    const item = await this.engine.table.get(shareKey(this.engine.tenant))
    return item && Buffer.from(item['secret'] as string, 'base64')
  }

  private async makeSecret(): Promise<Uint8Array> {
    const secret = Buffer.from(this.engine.ids.random(SECRET_OCTETS)).toString('base64')
    try {
      await this.engine.table.write([{ put: { ...shareKey(this.engine.tenant), secret }, if: { absent: true } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // of two made at once the first is kept
    }
    return (await this.secret())!
  }
}

function macOf(secret: Uint8Array, said: string): Buffer {
  return createHmac('sha256', secret).update(said).digest()
}
