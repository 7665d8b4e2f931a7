/** Where in the administration one is, and for whom one acts there; the address says both. */
import { computed } from '@preact/signals'
import { formatRoute, go, route } from '../state/route.ts'

/** `#/admin/…`: the tenant of who is signed in. `#/admin/as/<tenant>/…`: an operator for a tenant. `#/admin/operator/…`: an operator. */
export interface Place {
  as: 'administrator' | 'operator'
  /** Whom an operator acts for. */
  tenant?: string
  /** What is open: `domains`, and the id of one. */
  path: readonly string[]
}

export const place = computed((): Place => {
  const path = route.value.view === 'admin' ? route.value.path : []
  if (path[0] === 'operator') return { as: 'operator', path: path.slice(1) }
  if (path[0] === 'as') return { as: 'operator', tenant: path[1] ?? '', path: path.slice(2) }
  return { as: 'administrator', path }
})

/** The whole path of a page of the same tenant. */
function pathOf(words: readonly string[]): string[] {
  const { as, tenant } = place.value
  if (as === 'administrator') return [...words]
  return tenant === undefined ? ['operator', ...words] : ['as', tenant, ...words]
}

export function linkTo(...words: readonly string[]): string {
  return formatRoute({ view: 'admin', path: pathOf(words) })
}

export function goTo(...words: readonly string[]): void {
  go({ view: 'admin', path: pathOf(words) })
}

export function linkFor(tenant: string, ...words: readonly string[]): string {
  return formatRoute({ view: 'admin', path: ['as', tenant, ...words] })
}
