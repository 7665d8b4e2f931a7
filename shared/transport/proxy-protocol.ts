import { type Socket, SocketAddress } from 'node:net'
import { DisconnectedError } from '../servers/connection.ts'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const FIXED_OCTETS = 16
/** Addresses of the largest family and room for the TLVs that load balancers add; a real header is far smaller. */
const MAX_REST_OCTETS = 2048
const VERSION_2 = 0x2
const LOCAL = 0x0
const PROXY = 0x1
const TCP4 = 0x11
const TCP6 = 0x21

/**
 * PROXY protocol version 2 (haproxy.org, proxy-protocol.txt §2.2), the one that AWS's load balancers speak: who the client behind a proxy
 * is. Only for listeners that nobody but the proxy reaches: whoever sends the header chooses the address.
 */
export interface ProxyHeader {
  /** undefined where the proxy speaks for itself (a health check) or of a family that is not IP: then the socket's own address counts. */
  clientAddress: string | undefined
}

/** How many octets follow the first 16. Throws DisconnectedError for what is no header. */
function restLength(fixed: Buffer): number {
  const version = fixed[12]! >> 4
  const length = fixed.readUInt16BE(14)
  if (!fixed.subarray(0, 12).equals(SIGNATURE) || version !== VERSION_2 || length > MAX_REST_OCTETS) {
    throw new DisconnectedError('no PROXY header of version 2')
  }
  return length
}

/** A whole header. Throws DisconnectedError for what is none. */
export function parseProxyHeader(header: Buffer): ProxyHeader {
  if (header.length < FIXED_OCTETS || header.length !== FIXED_OCTETS + restLength(header)) {
    throw new DisconnectedError('no whole PROXY header')
  }
  const command = header[12]! & 0xf
  if (command === LOCAL) return { clientAddress: undefined }
  if (command !== PROXY) throw new DisconnectedError('no command of PROXY version 2')
  const family = header[13]!
  const addresses = header.subarray(FIXED_OCTETS)
  if (family === TCP4 && addresses.length >= 12) return { clientAddress: addresses.subarray(0, 4).join('.') }
  if (family === TCP6 && addresses.length >= 36) return { clientAddress: ipv6Text(addresses.subarray(0, 16)) }
  if (family === TCP4 || family === TCP6) throw new DisconnectedError('a PROXY header without its addresses')
  return { clientAddress: undefined }
}

/** Takes the header from the front of a socket that nobody reads yet, and leaves it paused with what follows. Throws DisconnectedError. */
export function readProxyHeader(socket: Socket, timeoutMs: number): Promise<ProxyHeader> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const timer = setTimeout(() => socket.destroy(), timeoutMs)
    const settle = () => {
      clearTimeout(timer)
      socket.off('data', take).off('end', gone).off('close', gone).pause()
    }
    function gone(): void {
      settle()
      reject(new DisconnectedError('the client went away before its PROXY header'))
    }
    function take(chunk: Buffer): void {
      // A header has at most 2 KiB, so that joining its pieces costs little even where each has one octet.
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      try {
        if (received.length < FIXED_OCTETS) return
        const length = FIXED_OCTETS + restLength(received)
        if (received.length < length) return
        const header = parseProxyHeader(received.subarray(0, length))
        settle()
        if (received.length > length) socket.unshift(received.subarray(length))
        resolve(header)
      } catch (error) {
        settle()
        reject(error)
      }
    }
    socket.on('data', take).on('end', gone).on('close', gone)
  })
}

function ipv6Text(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(index * 2).toString(16))
  // Written the short way, as a socket's own address is.
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}
