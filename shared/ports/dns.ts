/** Look-ups in the domain name system; answers are data, and no answer is an answer. */
export type DnsType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'CNAME' | 'PTR' | 'NS' | 'TLSA' | 'SRV'

export interface Dns {
  /**
   * Records in text form (MX as `<preference> <host>`, SRV as `<priority> <weight> <port> <host>`, TXT joined), in the order the server gave; empty where the name or the type does
   * not exist. Throws `DnsTimeoutError` where no server answered, which says nothing about the name.
   */
  resolve(name: string, type: DnsType): Promise<string[]>
}

export class DnsTimeoutError extends Error {
  override readonly name = 'DnsTimeoutError'
}
