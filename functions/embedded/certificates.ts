import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { log } from '../../shared/log.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import { type Certificates, makeCertificates, readCertificatePair } from '../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'

/** A self-signed pair is made anew when it has less than this left. */
const RENEW_MS = 30 * 24 * 60 * 60 * 1000

/** The pair of the settings; without one a self-signed pair, made once and kept in the data folder. */
export async function openCertificates({ tls, data, hostName }: EmbeddedSettings): Promise<Certificates> {
  if (tls !== undefined) return makeCertificates([await readCertificatePair(tls)])
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
  return makeCertificates([await readCertificatePair(files)])
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
