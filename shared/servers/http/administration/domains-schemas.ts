import { z } from '@hono/zod-openapi'
import type { DomainRecord } from '../../../flows/tenants/domain-records.ts'
import { DMARC_ACTIONS, MOST_DNSBL_ZONES, type Protection } from '../../../mailbox/protection.ts'
import type { DomainSettings, TenantDomain } from '../../../store/domains.ts'
import { timeText } from '../schemas.ts'

const capability = z.enum(['enabled', 'disabled'])

const domainFields = {
  id: z.string(),
  name: z.string(),
  status: z.enum(['not_started', 'pending', 'verified', 'failed', 'partially_verified', 'partially_failed']),
  created_at: z.string(),
  region: z.string(),
  capabilities: z.object({ sending: capability, receiving: capability }),
  open_tracking: z.boolean(),
  click_tracking: z.boolean(),
  tls: z.enum(['opportunistic', 'enforced']),
}

const recordSchema = z
  .object({
    record: z.enum(['Receiving', 'SPF', 'DKIM', 'DMARC', 'MTA-STS', 'TLS-RPT', 'Autoconfiguration']),
    name: z.string(),
    type: z.enum(['MX', 'TXT', 'CNAME', 'SRV']),
    ttl: z.string(),
    status: z.enum(['not_started', 'pending', 'verified', 'failed']),
    value: z.string(),
    priority: z.number().int().optional(),
    required: z.boolean().openapi({ description: 'Without it the domain does not work.' }),
  })
  .openapi('DomainRecord')

export const listedDomainSchema = z.object(domainFields).openapi('ListedDomain')
const protectionFields = {
  dmarc: z.enum(DMARC_ACTIONS).openapi({
    description: 'What becomes of mail that fails DMARC: `reject` as the owner asks, `junk`, or `none`.',
  }),
  greylisting: z.boolean().openapi({ description: 'Who was not seen before must come again.' }),
  dnsbl: z.array(z.string()).max(MOST_DNSBL_ZONES).openapi({ description: 'Block lists that are asked by DNS.' }),
}
export const domainSchema = z
  .object({
    object: z.literal('domain'),
    ...domainFields,
    records: z.array(recordSchema),
    protection: z.object(protectionFields).nullable().openapi({ description: '`null` until it is verified.' }),
  })
  .openapi('Domain')

const settingFields = {
  capabilities: z.object({ sending: capability.optional(), receiving: capability.optional() }).optional(),
  tls: z.enum(['opportunistic', 'enforced']).optional(),
  open_tracking: z.boolean().optional().openapi({ description: 'Taken and not used: mail is not tracked here.' }),
  click_tracking: z.boolean().optional().openapi({ description: 'Taken and not used: mail is not tracked here.' }),
  tracking_subdomain: z.string().optional().openapi({ description: 'Taken and not used.' }),
}

export const newDomainSchema = z
  .object({
    name: z.string().min(1).max(255),
    region: z.string().optional().openapi({ description: 'Taken and not used: a deployment has one region.' }),
    custom_return_path: z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'it takes one label of a domain name')
      .optional(),
    verified: z
      .boolean()
      .optional()
      .openapi({ description: 'For operators: the domain is the tenant’s without any look-up.' }),
    ...settingFields,
  })
  .openapi('NewDomain')

export const domainChangeSchema = z
  .object({ ...settingFields, protection: z.object(protectionFields).partial().optional() })
  .openapi('DomainChange')

/** The region of everything there is here: an SDK wants one. */
export const REGION = 'us-east-1'

export function showListedDomain({ id, name, status, createdAt, sending, receiving, tls }: TenantDomain) {
  const shown = (on: boolean) => (on ? ('enabled' as const) : ('disabled' as const))
  return {
    id,
    name,
    status,
    created_at: timeText(createdAt),
    region: REGION,
    capabilities: { sending: shown(sending), receiving: shown(receiving) },
    open_tracking: false,
    click_tracking: false,
    tls,
  }
}

export function showDomain(domain: TenantDomain, records: readonly DomainRecord[], protection: Protection | undefined) {
  return {
    object: 'domain' as const,
    ...showListedDomain(domain),
    records: records.map(({ key: _key, ...record }) => ({ ...record, ttl: 'Auto' })),
    protection: protection === undefined ? null : { ...protection, dnsbl: [...protection.dnsbl] },
  }
}

export function protectionIn({ protection = {} }: z.infer<typeof domainChangeSchema>): Partial<Protection> | undefined {
  const { dmarc, greylisting, dnsbl } = protection
  const changes = {
    ...(dmarc !== undefined && { dmarc }),
    ...(greylisting !== undefined && { greylisting }),
    ...(dnsbl !== undefined && { dnsbl }),
  }
  return Object.keys(changes).length > 0 ? changes : undefined
}

export function settingsOf({ capabilities, tls }: z.infer<typeof domainChangeSchema>): Partial<DomainSettings> {
  const { sending, receiving } = capabilities ?? {}
  return {
    ...(sending !== undefined && { sending: sending === 'enabled' }),
    ...(receiving !== undefined && { receiving: receiving === 'enabled' }),
    ...(tls !== undefined && { tls }),
  }
}
