/** A sender whose domain says who may send for it and signs, and a server that looks at that, for clients on this machine too. */
import { dkimSign } from 'mailauth'
import { startTxtServer } from '../dns-server.ts'
import { makeSigningKey } from '../zones.ts'

const DOMAIN = 'example.net'
const MANY = String(10_000_000)

export interface CheckedSenders {
  /** Of the server that checks. */
  settings: Record<string, string>
  sign(content: string): Promise<string>
  close(): void
}

export async function startCheckedSenders(): Promise<CheckedSenders> {
  const key = makeSigningKey('rsa')
  const dns = await startTxtServer(
    new Map([
      [DOMAIN, 'v=spf1 ip4:127.0.0.1 -all'],
      [`bench._domainkey.${DOMAIN}`, key.record],
      [`_dmarc.${DOMAIN}`, 'v=DMARC1; p=reject'],
    ]),
  )
  const limits = ['MESSAGES_PER_CLIENT', 'MESSAGES_PER_SENDER', 'MESSAGES_PER_RECIPIENT']
  return {
    settings: {
      TUBEPOST_WATCH_LOOPBACK: '1',
      TUBEPOST_DNS_SERVERS: dns.address,
      ...Object.fromEntries(limits.map((name) => [`TUBEPOST_LIMIT_${name}`, MANY])),
    },
    async sign(content) {
      const signatureData = [{ signingDomain: DOMAIN, selector: 'bench', privateKey: key.privateKey }]
      const { signatures } = await dkimSign(content, { signatureData } as unknown as Parameters<typeof dkimSign>[1])
      return signatures + content
    },
    close: () => dns.close(),
  }
}
