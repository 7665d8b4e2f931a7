/** The webmail behind API Gateway: its page and files, sign-in, and JMAP, for other clients, too. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { setLogLevel } from '../../shared/log.ts'
import { deployedServices } from '../../shared/servers/http/deployed-services.ts'
import { serveResources } from '../../shared/servers/http/serve-resources.ts'
import { WEBMAIL_RESOURCES } from '../../shared/servers/http/webmail-resources.ts'
import { openStore } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import { type HttpApiEvent, type HttpApiResponse, handleHttpApi } from '../../shared/transport/lambda-http.ts'
import { webmailFilesBeside } from '../../shared/transport/webmail-files.ts'

const { engine, settings, region } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const services = deployedServices(openStore(engine), settings, {
  region,
  operatorKey: undefined,
  fetchRemote: guardedFetch({ dns: engine.dns }),
  isReady: () => true,
  webmailFiles: webmailFilesBeside,
  pushOrigin: settings.find('pushOrigin'),
})
const server = serveResources(services, WEBMAIL_RESOURCES)

export function handler(event: HttpApiEvent): Promise<HttpApiResponse> {
  return handleHttpApi(event, (request, origin) => server.fetch(request, origin))
}
