import type { EmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { mailHostOf } from '../../shared/flows/tenants/domain-records.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import type { Store } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import type { HttpListener } from '../../shared/transport/http.ts'
import { openHttpDoor } from '../../shared/transport/http-door.ts'
import { isLoopback } from '../../shared/transport/loopback.ts'
import { webmailFiles } from './webmail.ts'

/** The HTTP door: webmail, API, documents, and the links that the engine presigned. */
export function openHttp(
  { host, ports, limits, hostName, publicPorts, mtaSts, operatorKey, webhooksToLoopback, relay }: EmbeddedSettings,
  engine: Pick<EmbeddedEngine, 'verifyLink' | 'verifyUpload' | 'dns'>,
  store: Store,
  isReady: () => boolean,
): Promise<HttpListener> {
  const services = {
    store,
    limits,
    mailHost: { ...mailHostOf(hostName), ports: publicPorts, mtaSts },
    operatorKey,
    isReady,
    verifyLink: (url: URL) => engine.verifyLink(url),
    verifyUpload: (url: URL) => engine.verifyUpload(url),
    webhooksToLoopback: webhooksToLoopback ?? isLoopback(host),
    fetchRemote: guardedFetch({ dns: engine.dns }),
    showsCaptured: relay.kind === 'capture',
    webmail: { files: webmailFiles },
  }
  return openHttpDoor(services, { host, port: ports.http, limits })
}
