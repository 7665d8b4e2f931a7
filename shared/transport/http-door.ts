import { createApi } from '../servers/http/api.ts'
import type { HttpServices } from '../servers/http/services.ts'
import type { Limits } from '../settings.ts'
import type { Certificates } from './certificates.ts'
import type { ConnectionCount } from './connection-limits.ts'
import { type HttpListener, listenHttp } from './http.ts'

export interface HttpDoorOptions {
  host: string
  /** 0: any free port. */
  port: number
  /** With them all is TLS. */
  certificates?: Certificates
  limits: Limits
  count?: ConnectionCount
}

/** All that speaks HTTP on a socket, the same in the one process and in the gateway task. Throws the system's error where the port cannot be had. */
export function openHttpDoor(services: HttpServices, options: HttpDoorOptions): Promise<HttpListener> {
  const api = createApi({ ...services, webSockets: true })
  const webSocketMessageOctets = options.limits.jmapRequestOctets
  return listenHttp({ ...options, webSocketMessageOctets, serve: (request, origin) => api.fetch(request, origin) })
}
