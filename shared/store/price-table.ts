import { DEFAULT_PRICES, type Prices } from '../mailbox/prices.ts'
import type { Engine } from '../ports/engine.ts'
import { PRICES_KEY } from './keys.ts'

/** The operator's prices; what was never changed is as it comes with Tubepost. Of no tenant. */
export class PriceTable {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  async get(): Promise<Prices> {
    const item = await this.engine.table.get(PRICES_KEY)
    const { pk: _pk, sk: _sk, ...own } = item ?? { ...PRICES_KEY }
    return { ...DEFAULT_PRICES, ...(own as Partial<Prices>) }
  }

  async change(prices: Partial<Prices>): Promise<Prices> {
    if (Object.keys(prices).length > 0) await this.engine.table.write([{ update: PRICES_KEY, set: { ...prices } }])
    return this.get()
  }
}
