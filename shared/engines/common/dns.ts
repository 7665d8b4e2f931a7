import { Resolver } from 'node:dns/promises'
import { type Dns, DnsTimeoutError, type DnsType } from '../../ports/dns.ts'

/** The name or the type does not exist, or the name cannot exist. */
const NO_RECORDS = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** The system's resolvers, or those of `servers`. Each of `tries` waits `timeoutMs`, doubled from try to try. */
export function createDns(options: { timeoutMs?: number; tries?: number; servers?: readonly string[] } = {}): Dns {
  const { timeoutMs = 3000, tries = 2, servers } = options
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  if (servers) resolver.setServers(servers)

  const LOOK_UPS: Record<DnsType, (name: string) => Promise<string[]>> = {
    A: (name) => resolver.resolve4(name),
    AAAA: (name) => resolver.resolve6(name),
    MX: async (name) => (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`),
    // Node gives a character for each octet; joined first, as a string may end inside a character (RFC 7208 §3.3).
    TXT: async (name) =>
      (await resolver.resolveTxt(name)).map((strings) => String(Buffer.from(strings.join(''), 'latin1'))),
    CNAME: (name) => resolver.resolveCname(name),
    PTR: (name) => resolver.resolvePtr(name),
    NS: (name) => resolver.resolveNs(name),
    SRV: async (name) =>
      (await resolver.resolveSrv(name)).map(
        ({ priority, weight, port, name: host }) => `${priority} ${weight} ${port} ${host}`,
      ),
    TLSA: async (name) =>
      (await resolver.resolveTlsa(name)).map(
        ({ certUsage, selector, match, data }) =>
          `${certUsage} ${selector} ${match} ${Buffer.from(data).toString('hex')}`,
      ),
  }

  return {
    async resolve(name, type) {
      try {
        return await LOOK_UPS[type](name)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== undefined && NO_RECORDS.has(code)) return []
        throw new DnsTimeoutError(`no server answered for ${name} ${type} (${code})`, { cause: error })
      }
    },
  }
}
