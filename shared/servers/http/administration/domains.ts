import { createRoute, z } from '@hono/zod-openapi'
import { addDomain, changeDomain, removeDomain, requireDomain } from '../../../flows/tenants/administer-domains.ts'
import { domainRecords } from '../../../flows/tenants/domain-records.ts'
import { protectDomain, protectionOf } from '../../../flows/tenants/protect-domain.ts'
import { secondKeyOf, verifyDomain } from '../../../flows/tenants/verify-domain.ts'
import { announceDomain } from '../../../flows/webhooks/announce-domain.ts'
import type { TenantId } from '../../../mailbox/ids.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { TenantDomain } from '../../../store/domains.ts'
import type { Api } from '../api.ts'
import { type Guards, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idParam, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import {
  domainChangeSchema,
  domainSchema,
  listedDomainSchema,
  newDomainSchema,
  protectionIn,
  REGION,
  settingsOf,
  showDomain,
  showListedDomain,
} from './domains-schemas.ts'

const common = { tags: ['Domains'], security: BEARER }
const changedSchema = z.object({ object: z.literal('domain'), id: z.string() })

/** A tenant's domains, the DNS records they need, and whether those are there. */
export function domains(api: Api, { store, mailHost }: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  async function recordsOf(tenant: TenantId, domain: TenantDomain) {
    const dkim = await store.domains.dkimKey(tenant, domain.id)
    if (dkim === undefined) throw new Refusal('not-found', 'Domain not found')
    return domainRecords(domain, dkim, mailHost, await secondKeyOf(store, tenant, domain.id))
  }
  async function show(tenant: TenantId, domain: TenantDomain) {
    const protection = await protectionOf(store, tenant, domain.name)
    return showDomain(domain, await recordsOf(tenant, domain), protection)
  }
  async function announce(tenant: TenantId, type: 'domain.created' | 'domain.updated', id: string) {
    const domain = await requireDomain(store, tenant, id)
    await announceDomain(store, tenant, type, domain, { region: REGION, records: await recordsOf(tenant, domain) })
  }
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/domains',
      summary: 'Adds a domain',
      description: 'Publish the `required` records of the answer, then verify.',
      request: { body: jsonBody(newDomainSchema) },
      responses: answers(201, domainSchema, 'The domain with its records'),
    }),
    async (c) => {
      const { name, custom_return_path, verified = false, ...settings } = c.req.valid('json')
      const tenant = tenantOfCaller(c)
      const domain = await addDomain(store, c.get('caller'), tenant, name, {
        ...settingsOf(settings),
        ...(custom_return_path !== undefined && { returnPath: custom_return_path.toLowerCase() }),
        verified,
      })
      await announce(tenant, 'domain.created', domain.id)
      return c.json(await show(tenant, domain), 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/domains',
      summary: 'Lists domains, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedDomainSchema), 'A page of domains'),
    }),
    async (c) =>
      c.json(toList(await store.domains.page(tenantOfCaller(c), c.req.valid('query')), showListedDomain), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/domains/{id}',
      summary: 'Shows a domain with its records',
      request: { params: idParam },
      responses: answers(200, domainSchema, 'The domain'),
    }),
    async (c) => {
      const tenant = tenantOfCaller(c)
      return c.json(await show(tenant, await requireDomain(store, tenant, c.req.valid('param').id)), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'patch',
      path: '/domains/{id}',
      summary: 'Changes what a domain is for and what is kept out of it',
      request: { params: idParam, body: jsonBody(domainChangeSchema) },
      responses: answers(200, changedSchema, 'It is changed'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const tenant = tenantOfCaller(c)
      const protection = protectionIn(c.req.valid('json'))
      if (protection !== undefined) await protectDomain(store, tenant, id, protection)
      await changeDomain(store, tenant, id, settingsOf(c.req.valid('json')))
      await announce(tenant, 'domain.updated', id)
      return c.json({ object: 'domain' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/domains/{id}/verify',
      summary: 'Looks the records of a domain up',
      description: 'With the DKIM record found the domain receives and sends.',
      request: { params: idParam },
      responses: answers(200, changedSchema, 'They are looked up; the domain shows what was found'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await verifyDomain(store, tenantOfCaller(c), id, mailHost)
      await announce(tenantOfCaller(c), 'domain.updated', id)
      return c.json({ object: 'domain' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/domains/{id}',
      summary: 'Removes a domain that has no addresses any more',
      request: { params: idParam },
      responses: answers(200, deletedSchema('domain'), 'It is removed'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const tenant = tenantOfCaller(c)
      const domain = await requireDomain(store, tenant, id)
      await removeDomain(store, tenant, id)
      await announceDomain(store, tenant, 'domain.deleted', domain, { region: REGION, records: [] })
      return c.json(deleted('domain', id), 200)
    },
  )
}
