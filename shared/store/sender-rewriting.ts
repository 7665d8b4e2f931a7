import { type Address, formatAddress } from '../codec/smtp/address.ts'
import { formatSrs, readSrs } from '../mailbox/srs.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { srsKey } from './keys.ts'

const SECRET_OCTETS = 32

/** Addresses of ours that stand for the senders of what a tenant forwards (mailbox/srs.ts), under a secret of the tenant's. */
export class SenderRewriting {
  private readonly engine: TenantEngine
  private secret: Uint8Array | undefined

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async rewrite(reversePath: Address, domain: string): Promise<string> {
    const secret = (await this.known()) ?? (await this.make())
    return formatAddress({ localPart: formatSrs(secret, reversePath, this.engine.clock.now()), domain })
  }

  /** The address that the local part stands for; undefined where it is none of ours. */
  async read(localPart: string): Promise<string | undefined> {
    const secret = await this.known()
    return secret && readSrs(secret, localPart, this.engine.clock.now())
  }

  private async known(): Promise<Uint8Array | undefined> {
    if (this.secret !== undefined) return this.secret
    const item = await this.engine.table.get(srsKey(this.engine.tenant))
    if (item !== undefined) this.secret = Buffer.from(item['secret'] as string, 'base64')
    return this.secret
  }

  private async make(): Promise<Uint8Array> {
    const secret = Buffer.from(this.engine.ids.random(SECRET_OCTETS)).toString('base64')
    try {
      await this.engine.table.write([{ put: { ...srsKey(this.engine.tenant), secret }, if: { absent: true } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // of two made at once the first is kept
    }
    return (await this.known())!
  }
}
