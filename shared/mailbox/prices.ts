import type { UsageCounts } from './usage.ts'

/** What an operator asks for, in dollars. */
export interface Prices {
  perThousandMessagesIn: number
  perThousandRecipientsOut: number
  perGibOut: number
  perThousandApiCalls: number
  /** Of what lies in mailboxes. */
  perGibStoredMonth: number
}

/** What AWS asks for the same, without margin and without what a deployment costs that nobody uses (infra/cost/prices.json, in us-east-1). */
export const DEFAULT_PRICES: Prices = {
  perThousandMessagesIn: 0.013, // the budget of receiving and indexing one (infra/cost/counted.ts)
  perThousandRecipientsOut: 0.11, // SES, and eleven thousandths for the rest
  perGibOut: 0.12,
  perThousandApiCalls: 0.004,
  perGibStoredMonth: 0.023,
}

const GIB = 1024 ** 3
const DAYS_A_MONTH = 30.4375

/** Of one day: what is stored counts as long as the day is. */
export function dollarsOf(counts: UsageCounts, prices: Prices): number {
  const { messagesIn = 0, recipientsOut = 0, octetsOut = 0, apiCalls = 0, octetsStored = 0 } = counts
  return (
    (messagesIn / 1000) * prices.perThousandMessagesIn +
    (recipientsOut / 1000) * prices.perThousandRecipientsOut +
    (octetsOut / GIB) * prices.perGibOut +
    (apiCalls / 1000) * prices.perThousandApiCalls +
    (octetsStored / GIB / DAYS_A_MONTH) * prices.perGibStoredMonth
  )
}
