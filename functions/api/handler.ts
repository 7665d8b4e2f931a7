/** The HTTP API behind API Gateway: administration, sending and receiving. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { readSecret } from '../../shared/engines/aws/secret.ts'
import { setLogLevel } from '../../shared/log.ts'
import { API_RESOURCES } from '../../shared/servers/http/api-resources.ts'
import { deployedServices } from '../../shared/servers/http/deployed-services.ts'
import { serveResources } from '../../shared/servers/http/serve-resources.ts'
import { openStore } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import { type HttpApiEvent, type HttpApiResponse, handleHttpApi } from '../../shared/transport/lambda-http.ts'

const { engine, settings, region } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)

/** Made with the first call, as the operator's key is a secret that has to be fetched; where that fails the next call tries again. */
let opened: Promise<ReturnType<typeof serveResources>> | undefined

async function open() {
  const secret = settings.find('operatorSecret')
  const operatorKey = secret === undefined ? undefined : await readSecret(secret, process.env)
  const fetchRemote = guardedFetch({ dns: engine.dns })
  const deployed = { region, operatorKey, fetchRemote, isReady: () => true }
  return serveResources(deployedServices(store, settings, deployed), API_RESOURCES)
}

export async function handler(event: HttpApiEvent): Promise<HttpApiResponse> {
  opened ??= open()
  const api = await opened.catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return handleHttpApi(event, (request, origin) => api.fetch(request, origin))
}
