import { isIP } from 'node:net'
import { generate } from 'selfsigned'
import type { CertificatePair } from './certificates.ts'

const DAY_MS = 86_400_000

/** A pair for a laptop or a test, for these host names and IP addresses, good for a year from `now` (milliseconds since 1970). */
export async function makeSelfSigned(names: readonly [string, ...string[]], now: number): Promise<CertificatePair> {
  const pair = await generate([{ name: 'commonName', value: names[0] }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS), // clocks differ
    notAfterDate: new Date(now + 365 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  })
  return { cert: pair.cert, key: pair.private }
}
