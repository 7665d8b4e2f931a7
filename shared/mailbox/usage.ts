/** What a tenant's use is counted in, by the day (UTC). All only grow within their day, but `octetsStored`, which is what it was when it was last looked at. */
export const USAGE_COUNTERS = [
  /** Messages that came in, once for each account that got them; octets with the trace. */
  'messagesIn',
  'octetsIn',
  /** Messages that left an account or the API, for whomever; octets as they were put into the outbox. */
  'messagesOut',
  'recipientsOut',
  'octetsOut',
  /** What became of recipients. */
  'sent',
  'delivered',
  'delayed',
  'bounced',
  'complained',
  'suppressed',
  'failed',
  /** Of the HTTP API. */
  'apiCalls',
  'octetsStored',
] as const
export type UsageCounter = (typeof USAGE_COUNTERS)[number]
export type UsageCounts = Partial<Record<UsageCounter, number>>

/** `YYYY-MM-DD` of a time, in UTC. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

export function addCounts(sum: UsageCounts, more: UsageCounts): UsageCounts {
  const added = { ...sum }
  for (const name of USAGE_COUNTERS) {
    const count = more[name]
    if (count !== undefined) added[name] = (added[name] ?? 0) + count
  }
  return added
}
