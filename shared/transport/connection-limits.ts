import { networkOf } from '../mailbox/client-network.ts'

export type Refusal = 'too-many-connections' | 'too-many-from-address'

/** Counts the connections of a process, over all its listeners that share it. */
export interface ConnectionCount {
  /** Takes a place for a client of this address, or says why there is none. */
  enter(address: string): Refusal | undefined
  leave(address: string): void
  readonly open: number
}

export function countConnections(limits: { connections: number; connectionsPerIp: number }): ConnectionCount {
  const byNetwork = new Map<string, number>()
  let open = 0
  return {
    enter(address) {
      const network = networkOf(address)
      const count = byNetwork.get(network) ?? 0
      if (count >= limits.connectionsPerIp) return 'too-many-from-address'
      if (open >= limits.connections) return 'too-many-connections'
      byNetwork.set(network, count + 1)
      open++
      return undefined
    },
    leave(address) {
      const network = networkOf(address)
      const count = (byNetwork.get(network) ?? 1) - 1
      if (count === 0) byNetwork.delete(network)
      else byNetwork.set(network, count)
      open--
    },
    get open() {
      return open
    },
  }
}

/** A client of a dual-stack listener is known by its IPv4 address; the zone of a link-local one says nothing outside this host. */
export function plainAddress(address: string): string {
  const mapped = '::ffff:'
  const lower = address.toLowerCase().split('%', 1)[0]!
  return lower.startsWith(mapped) && lower.includes('.') ? lower.slice(mapped.length) : lower
}
