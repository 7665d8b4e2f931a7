import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { log } from '../../shared/log.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import {
  type CertificatePair,
  type Certificates,
  makeCertificates,
  readCertificatePair,
} from '../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'

/** A self-signed pair is made anew when it has less than this left. */
const RENEW_MS = 30 * 24 * 60 * 60 * 1000

const LOOK_AGAIN_MS = 5_000

export interface KeptCertificates {
  readonly certificates: Certificates
  /** Reads the pair again; one that is none is logged, and the one in use stays. */
  reload(): Promise<void>
  /** No more looking for a newer pair. */
  end(): void
}

/**
 * The pair of the settings, read again when its files change: renewed certificates come while the server runs. Without one a self-signed pair, made
 * once and kept in the data folder. Throws where there is no pair to begin with.
 */
export async function openCertificates(
  settings: Pick<EmbeddedSettings, 'tls' | 'data' | 'hostName'>,
  lookAgainMs = LOOK_AGAIN_MS,
): Promise<KeptCertificates> {
  const { tls } = settings
  let seen = tls && (await versionOf(tls))
  const certificates = makeCertificates([await pairOf(settings)])

  async function reload(): Promise<void> {
    try {
      certificates.replace([await pairOf(settings)])
      log.info('certificate-replaced')
    } catch (error) {
      log.error('certificate-not-read', { error: error as Error })
    }
  }

  /** By time and size: tools that renew rename links and files, which watching for events misses. */
  async function lookAgain(files: NonNullable<typeof tls>): Promise<void> {
    const now = await versionOf(files)
    if (now === seen) return
    // Of two files one is replaced first: the pair that does not fit is refused, and the second change brings the one that does.
    seen = now
    await reload()
  }

  const timer = tls && setInterval(() => lookAgain(tls), lookAgainMs).unref()
  return { certificates, reload, end: () => clearInterval(timer) }
}

async function versionOf({ cert, key }: { cert: string; key: string }): Promise<string> {
  const versions = [cert, key].map(async (file) => {
    const found = await stat(file).catch(() => undefined) // gone for a moment: another version, whose reading tells what is wrong
    return `${found?.mtimeMs} ${found?.size} ${found?.ino}`
  })
  return (await Promise.all(versions)).join()
}

async function pairOf({
  tls,
  data,
  hostName,
}: Pick<EmbeddedSettings, 'tls' | 'data' | 'hostName'>): Promise<CertificatePair> {
  if (tls !== undefined) return readCertificatePair(tls)
  const folder = join(data, 'tls')
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  if (!(await isGood(files.cert, hostName))) {
    const pair = await makeSelfSigned(
      ['localhost', '127.0.0.1', '::1', ...(hostName === 'localhost' ? [] : [hostName])],
      Date.now(),
    )
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // The certificate comes last: where it is, its key is too.
    await writeWhole(files.key, pair.key)
    await writeWhole(files.cert, pair.cert)
    log.info('certificate-made', { folder })
  }
  return readCertificatePair(files)
}

async function isGood(file: string, hostName: string): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(file))
    return certificate.validToDate.getTime() - Date.now() > RENEW_MS && certificate.checkHost(hostName) !== undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
