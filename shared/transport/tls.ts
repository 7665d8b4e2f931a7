import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { counter } from '../metrics.ts'
import { DisconnectedError } from '../servers/connection.ts'
import type { Certificates } from './certificates.ts'

const HANDSHAKES = counter('tubepost_tls_handshakes_total', 'TLS handshakes by version, or failed.', ['result'])

/**
 * Answers a client's TLS handshake on a socket whose octets so far are all read and whose listeners are all gone. Throws
 * `DisconnectedError` where it fails or takes longer than `timeoutMs`; the socket is closed then.
 */
export function acceptTls(socket: Socket, certificates: Certificates, timeoutMs: number): Promise<TLSSocket> {
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext: certificates.contextFor(undefined),
    SNICallback: (name, done) => done(null, certificates.contextFor(name)),
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('the TLS handshake took too long')), timeoutMs)
    function settle(): void {
      clearTimeout(timer)
      secured.off('secure', succeed).off('_tlsError', fail).off('close', closed)
      secured.off('readable', ended)
    }
    function succeed(): void {
      settle()
      secured.off('error', fail)
      HANDSHAKES.add(1, secured.getProtocol() ?? 'unknown')
      resolve(secured)
    }
    function fail(error: Error): void {
      settle()
      HANDSHAKES.add(1, 'failed')
      // The 'error' listener stays: a socket that fails twice must not end the process.
      secured.destroy()
      socket.destroy()
      reject(new DisconnectedError('no TLS handshake', { cause: error }))
    }
    function closed(): void {
      fail(new Error('the client went away in the TLS handshake'))
    }
    /** Before the handshake is done nothing can be read but that the client has closed its side: who looks whether the port is open, and goes. */
    function ended(): void {
      if (secured.readableLength === 0) closed()
    }
    secured.on('readable', ended)
    secured.on('secure', succeed).on('_tlsError', fail).on('close', closed).on('error', fail)
  })
}
