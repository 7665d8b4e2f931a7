import type { FetchRemote } from '../../flows/emails/compose-email.ts'
import { mailHostOf, mailHostWithSes } from '../../flows/tenants/domain-records.ts'
import type { DeployedSettings } from '../../settings.ts'
import type { Store } from '../../store/store.ts'
import type { HttpServices } from './services.ts'
import type { Webmail } from './webmail.ts'

interface Deployed {
  region: string
  operatorKey: string | undefined
  fetchRemote: FetchRemote
  isReady: () => boolean
  pushOrigin?: string | undefined
  /** Absent: this process does not serve the webmail. */
  webmailFiles?: Webmail['files']
}

/** What the HTTP server of a deployment is given, in a function as in a task; its presigned links lead to the bucket. */
export function deployedServices(store: Store, settings: DeployedSettings, deployed: Deployed): HttpServices {
  const { hostName, limits, publicPorts: ports, mtaSts } = settings
  const { region, operatorKey, fetchRemote, isReady, webmailFiles, pushOrigin } = deployed
  const mailHost = settings.need('relay') === 'ses' ? mailHostWithSes(hostName, region) : mailHostOf(hostName)
  const webmail = webmailFiles && {
    files: webmailFiles,
    blobOrigins: [`https://${settings.need('bucket')}.s3.${region}.amazonaws.com`],
  }
  return {
    store,
    limits,
    mailHost: { ...mailHost, ports, mtaSts },
    operatorKey,
    isReady,
    fetchRemote,
    ...(webmail && { webmail }),
    ...(pushOrigin !== undefined && { pushOrigin }),
  }
}
