import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'

/** PEM texts; `cert` may go on with the chain. */
export interface CertificatePair {
  cert: string
  key: string
}

/** The certificates of the process, by the names in them; new ones serve from the next handshake on. */
export interface Certificates {
  /** For the server name a client asks for (SNI, RFC 6066 §3), else the first one. */
  contextFor(serverName: string | undefined): SecureContext
  /** The first one as options of a context: for a server of Node's, which asks by name alone. */
  firstOptions(): SecureContextOptions
  /** Replaces all of them. Throws, and changes nothing, where a pair is none. */
  replace(pairs: readonly CertificatePair[]): void
}

export function makeCertificates(pairs: readonly CertificatePair[]): Certificates {
  let loaded = load(pairs)
  return {
    contextFor(serverName) {
      const name = serverName?.toLowerCase().replace(/\.$/, '')
      if (name === undefined) return loaded.first
      const parent = name.indexOf('.')
      const wildcard = parent < 0 ? undefined : loaded.byName.get(`*${name.slice(parent)}`)
      return loaded.byName.get(name) ?? wildcard ?? loaded.first
    },
    firstOptions: () => loaded.firstOptions,
    replace(others) {
      loaded = load(others)
    },
  }
}

/** Throws the file's error, or that of a pair that is none. */
export async function readCertificatePair(files: { cert: string; key: string }): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')])
  return { cert, key }
}

interface Loaded {
  first: SecureContext
  firstOptions: SecureContextOptions
  byName: Map<string, SecureContext>
}

function load(pairs: readonly CertificatePair[]): Loaded {
  const byName = new Map<string, SecureContext>()
  const contexts = pairs.map(({ cert, key }) => {
    const certificate = new X509Certificate(cert)
    // OpenSSL takes the certificate and drops the key, and every handshake fails from then on.
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate')
    const context = createSecureContext(optionsOf({ cert, key }))
    for (const name of namesOf(certificate)) if (!byName.has(name)) byName.set(name, context)
    return context
  })
  const [first] = contexts
  if (first === undefined) throw new RangeError('no certificate')
  return { first, firstOptions: optionsOf(pairs[0]!), byName }
}

function optionsOf({ cert, key }: CertificatePair): SecureContextOptions {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2', // RFC 8997 deprecates what is older for mail
    // Renegotiation lets a client spend our time at will; TLS 1.3 has none (RFC 8446 §4.1.2).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  }
}

function namesOf(certificate: X509Certificate): string[] {
  const entries = certificate.subjectAltName?.split(', ') ?? []
  return entries.flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length).toLowerCase()] : []))
}
