import type { Context, MiddlewareHandler } from 'hono'
import { administratorOf, authenticateCaller, type Caller } from '../../flows/tenants/authenticate-caller.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import type { ApiEnv } from './api.ts'
import { ApiError } from './api-error.ts'
import { bodyLimit } from './body-limit.ts'
import { isFromHere } from './from-here.ts'
import type { HttpServices } from './services.ts'
import { hasSession, whoIsSignedIn } from './signed-in.ts'

/** The header by which an operator acts for a tenant. */
export const TENANT_HEADER = 'tubepost-tenant'

/**
 * What stands before a route: who calls, whether they may, and how much they may send; in this order, so that strangers cost little. A key goes
 * before the cookie of a session, which opens these routes for administrators alone.
 */
export interface Guards {
  operator: MiddlewareHandler<ApiEnv>[]
  /** An operator, or a tenant's key with full access. */
  known: MiddlewareHandler<ApiEnv>[]
  /** A tenant's key with full access, or an operator acting for a tenant. */
  tenant: MiddlewareHandler<ApiEnv>[]
  /** As `tenant`, for a body that is read as it comes and is never whole in memory. */
  tenantStreaming: MiddlewareHandler<ApiEnv>[]
  /** Any key of a tenant. */
  sending: MiddlewareHandler<ApiEnv>[]
}

export function makeGuards(services: HttpServices): Guards {
  const { store, limits, operatorKey } = services
  const limit = bodyLimit(limits)

  const authenticate: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const authorization = c.req.header('authorization')
    if (authorization === undefined && hasSession(c)) {
      c.set('caller', administratorOf((await whoIsSignedIn(c, services)).account))
      return next()
    }
    const [scheme, token] = (authorization ?? '').split(/ +/, 2) // RFC 9110 §11.4
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '') {
      throw new ApiError(401, 'missing_api_key', 'Missing API key in the authorization header')
    }
    const settings = { operatorKey, fromHere: isFromHere(c), actingFor: c.req.header(TENANT_HEADER) }
    c.set('caller', await authenticateCaller(store, token, settings))
    return next()
  }
  const needs = (may: (caller: Caller) => boolean): MiddlewareHandler<ApiEnv> => {
    return async (c, next) => {
      const caller = c.get('caller')
      if (!may(caller)) throw refusal(caller)
      return next()
    }
  }
  const mayAll = needs(({ tenant, permission }) => tenant !== undefined && permission === 'full_access')
  return {
    operator: [authenticate, needs(({ operator }) => operator), limit],
    known: [authenticate, needs(({ permission }) => permission === 'full_access'), limit],
    tenant: [authenticate, mayAll, limit],
    tenantStreaming: [authenticate, mayAll],
    sending: [authenticate, needs(({ tenant }) => tenant !== undefined), limit],
  }
}

/** The tenant that the guards let in. */
export function tenantOfCaller(c: Context<ApiEnv>): TenantId {
  const { tenant } = c.get('caller')
  if (tenant === undefined) throw new Error('a route of tenants without its guard')
  return tenant
}

export function ownStore(c: Context<ApiEnv>, { store }: HttpServices): TenantStore {
  return store.tenant(tenantOfCaller(c))
}

function refusal({ operator, tenant, permission }: Caller): ApiError {
  if (operator && tenant === undefined) {
    return new ApiError(401, 'restricted_api_key', `Say which tenant this is about: \`${TENANT_HEADER}: <tenant>\`.`)
  }
  if (permission === 'sending_access') {
    return new ApiError(401, 'restricted_api_key', 'This API key is restricted to only send emails')
  }
  return new ApiError(401, 'restricted_api_key', 'This is for the operator alone.')
}
