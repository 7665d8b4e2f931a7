import { createRoute, z } from '@hono/zod-openapi'
import {
  claimDomain,
  claimRecord,
  claimStatus,
  requireClaim,
  verifyClaim,
} from '../../../flows/tenants/claim-domain.ts'
import type { DomainClaim } from '../../../store/domain-claims.ts'
import type { Api } from '../api.ts'
import { type Guards, tenantOfCaller } from '../guards.ts'
import { answers, BEARER, idParam, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { newDomainSchema, REGION, settingsOf } from './domains-schemas.ts'

const claimSchema = z
  .object({
    object: z.literal('domain_claim'),
    id: z.string(),
    name: z.string(),
    status: z.enum(['pending', 'completed', 'expired']),
    domain_id: z.string(),
    region: z.string(),
    record: z.object({ type: z.literal('TXT'), name: z.string(), value: z.string(), ttl: z.literal('Auto') }),
    blocked_reason: z.null(),
    failure_reason: z.string().nullable(),
    created_at: z.string(),
    expires_at: z.string(),
  })
  .openapi('DomainClaim')

const common = { tags: ['Domains'], security: BEARER }

/** Domains that somebody else here has, or had: who proves by DNS that one is theirs gets it. */
export function domainClaims(api: Api, { store, mailHost }: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  const show = (claim: DomainClaim, failure: string | null = null) => ({
    object: 'domain_claim' as const,
    id: claim.id,
    name: claim.name,
    status: claimStatus(claim, store.engine.clock.now()),
    domain_id: claim.domainId,
    region: REGION,
    record: { type: 'TXT' as const, ...claimRecord(claim), ttl: 'Auto' as const },
    blocked_reason: null,
    failure_reason: failure,
    created_at: timeText(claim.createdAt),
    expires_at: timeText(claim.expiresAt),
  })
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/domains/claim',
      summary: 'Claims a domain that somebody may have here',
      description:
        'Publish the TXT record of the answer, then verify the claim. The domain is then yours: mail for it comes to you, and whoever had it has ' +
        'it no more. Their accounts keep their mail, without an address in the domain.',
      request: {
        body: jsonBody(newDomainSchema.omit({ verified: true, capabilities: true }).openapi('NewDomainClaim')),
      },
      responses: answers(201, claimSchema, 'The claim'),
    }),
    async (c) => {
      const { name, custom_return_path: returnPath, ...settings } = c.req.valid('json')
      const wanted = {
        ...settingsOf(settings),
        ...(returnPath !== undefined && { returnPath: returnPath.toLowerCase() }),
      }
      return c.json(show(await claimDomain(store, tenantOfCaller(c), name, wanted)), 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/domains/{id}/claim',
      summary: 'Shows the claim of a domain',
      request: { params: idParam },
      responses: answers(200, claimSchema, 'The claim'),
    }),
    async (c) => c.json(show(await requireClaim(store, tenantOfCaller(c), c.req.valid('param').id)), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/domains/{id}/claim/verify',
      summary: 'Looks for the proof of a claim',
      request: { params: idParam },
      responses: answers(200, claimSchema, 'The claim; completed where the record is there'),
    }),
    async (c) => {
      const { claim, found } = await verifyClaim(store, tenantOfCaller(c), c.req.valid('param').id, {
        host: mailHost,
        region: REGION,
      })
      const failure =
        found === true || claimStatus(claim, store.engine.clock.now()) === 'expired'
          ? null
          : found === undefined
            ? 'No name server answered; try again.'
            : 'The TXT record was not found.'
      return c.json(show(claim, failure), 200)
    },
  )
}
