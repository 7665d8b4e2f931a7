import { log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import { type CertificatePair, type Certificates, makeCertificates } from './certificates.ts'
import { makeSelfSigned } from './self-signed.ts'

const LOOK_AGAIN_MS = 60 * 60 * 1000

export interface TaskCertificates extends Certificates {
  /** Reads the secret now; what is wrong with it is logged. */
  lookAgain(): Promise<void>
}

export interface TaskCertificateOptions {
  hostName: string
  /** JSON: `certificate` and `key` in PEM, or neither while there is none. */
  readSecret: () => Promise<string>
  clock: Clock
  /** Ends the looking for a newer one. */
  signal: AbortSignal
}

/**
 * The certificate of a task from its secret, looked at again every hour; until there is one, a self-signed pair that lives in memory. Throws where
 * the secret cannot be read or holds no pair: at the start that ends the task, later the one in use stays.
 */
export async function openTaskCertificates(options: TaskCertificateOptions): Promise<TaskCertificates> {
  const { hostName, readSecret, clock, signal } = options
  let secret = await readSecret()
  const certificates = makeCertificates([parsePair(secret) ?? (await makeSelfSigned([hostName], clock.now()))])
  if (parsePair(secret) === undefined) log.warn('certificate-self-signed', { hostName })

  async function lookAgain(): Promise<void> {
    const newer = await readSecret()
    const pair = parsePair(newer)
    if (newer === secret || pair === undefined) return
    certificates.replace([pair])
    secret = newer
    log.info('certificate-replaced', { hostName })
  }

  const look = () => lookAgain().catch((error: Error) => log.error('certificate-not-read', { error }))

  async function lookFromTimeToTime(): Promise<void> {
    for (;;) {
      await clock.sleep(LOOK_AGAIN_MS, signal)
      await look()
    }
  }

  lookFromTimeToTime().catch((error: Error) => {
    if (!signal.aborted) log.error('certificate-not-watched', { error })
  })
  return { ...certificates, lookAgain: look }
}

function parsePair(secret: string): CertificatePair | undefined {
  const { certificate, key } = JSON.parse(secret === '' ? '{}' : secret) as Record<string, unknown>
  if (certificate === undefined && key === undefined) return undefined
  if (typeof certificate !== 'string' || typeof key !== 'string') {
    throw new Error('the secret of the certificate holds no "certificate" and "key" in PEM')
  }
  return { cert: certificate, key }
}
