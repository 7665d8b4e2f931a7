/**
 * Identities and tenants of SES, version 2, as its API reference says it answers: the emulator knows no signing attributes, no MAIL FROM, no tenants,
 * and makes an identity anew that is there. Given to the wire proxy as its `fault`.
 */
import type { Fault, WireRequest } from './wire-proxy.ts'
import { sesError } from './wire-proxy.ts'

// biome-ignore lint/suspicious/noExplicitAny: as it goes over the wire
type Json = any

export interface SesV2 {
  identities: Map<string, Json>
  /** ARNs, by tenant. */
  tenants: Map<string, Set<string>>
  answer(wire: WireRequest): Fault | undefined
}

const OK: Fault = { kind: 'answer', status: 200, json: {} }
const GONE = sesError('NotFoundException', 'does not exist', 404)
const THERE = sesError('AlreadyExistsException', 'already exists')

export function sesV2(): SesV2 {
  const identities = new Map<string, Json>()
  const tenants = new Map<string, Set<string>>()

  const OPERATIONS: Record<string, (json: Json, name: string, part: string) => Fault> = {
    'POST identities': ({ EmailIdentity, ...given }) => {
      if (identities.has(EmailIdentity)) return THERE
      identities.set(EmailIdentity, given)
      return { kind: 'answer', status: 200, json: { IdentityType: 'DOMAIN', VerifiedForSendingStatus: false } }
    },
    'GET identities': (_, name) => {
      const found = identities.get(name)
      return found === undefined ? GONE : { kind: 'answer', status: 200, json: found }
    },
    'DELETE identities': (_, name) => (identities.delete(name) ? OK : GONE),
    'PUT identities': (json, name, part) => {
      const found = identities.get(name)
      if (found === undefined) return GONE
      Object.assign(found, { [part]: json })
      return OK
    },
    'POST tenants': ({ TenantName, ResourceArn }, name, part) => {
      if (name === '') {
        if (tenants.has(TenantName)) return THERE
        tenants.set(TenantName, new Set())
        return { kind: 'answer', status: 200, json: { TenantName } }
      }
      const found = tenants.get(TenantName)
      if (found === undefined) return GONE
      if (name === 'delete') {
        tenants.delete(TenantName)
        return OK
      }
      if (part === 'delete') return found.delete(ResourceArn) ? OK : GONE
      if (found.has(ResourceArn)) return THERE
      found.add(ResourceArn)
      return OK
    },
  }

  return {
    identities,
    tenants,
    answer({ operation, json }) {
      if (!operation.startsWith('SES.')) return undefined
      const [method, path] = operation.slice('SES.'.length).split(' ') as [string, string]
      const [, kind, name = '', ...part] = path.split('/').map(decodeURIComponent)
      return OPERATIONS[`${method} ${kind}`]?.(json, name, part.join('/')) ?? GONE
    },
  }
}
