/** A domain name system for tests: zones as data, and servers that do not answer. */
import { generateKeyPairSync } from 'node:crypto'
import { type Dns, DnsTimeoutError, type DnsType } from '../shared/ports/dns.ts'

/** `TXT example.net` → records; `silent`: no server answers; `never`: not even that. */
export type Zones = Record<string, readonly string[] | 'silent' | 'never'>

export function zonesDns(zones: Zones): Dns & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async resolve(name: string, type: DnsType) {
      asked.push(`${type} ${name}`)
      const records = zones[`${type} ${name.toLowerCase()}`] ?? []
      if (records === 'never') return new Promise(() => {})
      if (records === 'silent') throw new DnsTimeoutError(`no server answered for ${name} ${type}`)
      return [...records]
    },
  }
}

/** A pair to sign with (RFC 6376 §3.6.1, RFC 8463 §4), and the record that publishes it. */
export function makeSigningKey(kind: 'rsa' | 'ed25519'): { privateKey: string; record: string } {
  if (kind === 'rsa') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`
    return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), record }
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64')
  const record = `v=DKIM1; k=ed25519; p=${raw}`
  return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), record }
}
