/** What an operator allows a tenant; what is absent has no limit. */
export const TENANT_LIMITS = [
  'storageOctets',
  'messagesInPerDay',
  'messagesInPerMonth',
  'messagesOutPerDay',
  'messagesOutPerMonth',
] as const
export type TenantLimit = (typeof TENANT_LIMITS)[number]
export type TenantLimits = Partial<Record<TenantLimit, number>>

/** Whether RCPT has to ask. */
export function limitsWhatComesIn(limits: TenantLimits): boolean {
  const { storageOctets, messagesInPerDay, messagesInPerMonth } = limits
  return [storageOctets, messagesInPerDay, messagesInPerMonth].some((limit) => limit !== undefined)
}
