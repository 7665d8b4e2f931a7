import type { EmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { mailHostOf } from '../../shared/flows/domain-records.ts'
import { createApi } from '../../shared/servers/http/api.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import type { Store } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import { type HttpListener, listenHttp } from '../../shared/transport/http.ts'

/** The HTTP door: API, documents, and the links that the engine presigned. */
export function openHttp(
  { host, ports, limits, hostName, operatorKey }: EmbeddedSettings,
  engine: Pick<EmbeddedEngine, 'verifyLink' | 'dns'>,
  store: Store,
  isReady: () => boolean,
): Promise<HttpListener> {
  const api = createApi({
    store,
    limits,
    mailHost: mailHostOf(hostName),
    operatorKey,
    isReady,
    verifyLink: (url) => engine.verifyLink(url),
    fetchRemote: guardedFetch({ dns: engine.dns }),
  })
  return listenHttp({ host, port: ports.http, limits, serve: (request, origin) => api.fetch(request, origin) })
}
