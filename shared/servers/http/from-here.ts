import type { Context } from 'hono'
import type { ApiEnv } from './api.ts'

const FORWARDED = /^(forwarded$|x-forwarded-)/

/** Nobody stands between, and the caller knows us by a name of this machine: a page of the web that a browser shows here does not (DNS rebinding). */
export function isFromHere(c: Context<ApiEnv>): boolean {
  if (!c.env.loopback) return false
  for (const name of c.req.raw.headers.keys()) if (FORWARDED.test(name)) return false
  return isLoopbackName(new URL(c.req.url).hostname)
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(hostname)
}
