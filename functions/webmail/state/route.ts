/** The place in the app, kept in the address's fragment: Back and links work, and the server knows one page alone. */
import { signal } from '@preact/signals'

export type Route =
  /** `mailbox` undefined: the inbox; `thread`: the open conversation. */
  | { view: 'mail'; mailbox?: string | undefined; search?: string | undefined; thread?: string | undefined }
  | { view: 'settings'; section: string }
  | { view: 'admin'; path: readonly string[] }

export const route = signal<Route>(parseRoute(location.hash))

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash)
})

export function parseRoute(hash: string): Route {
  const [first = '', ...rest] = hash
    .replace('#', '')
    .split('/')
    .filter((each) => each !== '')
    .map(decode)
  if (first === 'settings') return { view: 'settings', section: rest[0] ?? 'general' }
  if (first === 'admin') return { view: 'admin', path: rest }
  if (first === 'search') return { view: 'mail', search: rest[0] ?? '', thread: rest[1] }
  if (first === 'folder') return { view: 'mail', mailbox: rest[0], thread: rest[1] }
  return { view: 'mail' }
}

/** Pages that an operator needs no account for: it has a key. */
export function isOperatorsPlace(to: Route): to is Route & { view: 'admin' } {
  return to.view === 'admin' && (to.path[0] === 'operator' || to.path[0] === 'as')
}

function decode(piece: string): string {
  try {
    return decodeURIComponent(piece)
  } catch {
    return piece // a lone % is itself
  }
}

export function formatRoute(to: Route): string {
  if (to.view === 'settings') return `#/settings/${to.section}`
  if (to.view === 'admin') return `#/${['admin', ...to.path].map(encodeURIComponent).join('/')}`
  const thread = to.thread === undefined ? '' : `/${encodeURIComponent(to.thread)}`
  if (to.search !== undefined) return `#/search/${encodeURIComponent(to.search)}${thread}`
  if (to.mailbox !== undefined) return `#/folder/${encodeURIComponent(to.mailbox)}${thread}`
  return '#/'
}

export function go(to: Route, { replace = false } = {}): void {
  const hash = formatRoute(to)
  if (replace) history.replaceState(null, '', hash)
  else if (location.hash !== hash) history.pushState(null, '', hash)
  route.value = to
}
addEventListener('popstate', () => {
  route.value = parseRoute(location.hash)
})
