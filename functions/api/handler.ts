/** The HTTP API behind API Gateway. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { readSecret } from '../../shared/engines/aws/secret.ts'
import { setLogLevel } from '../../shared/log.ts'
import { createApi } from '../../shared/servers/http/api.ts'
import { deployedServices } from '../../shared/servers/http/deployed-services.ts'
import { openStore } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import { type HttpApiEvent, type HttpApiResponse, handleHttpApi } from '../../shared/transport/lambda-http.ts'
import { webmailFilesBeside } from '../../shared/transport/webmail-files.ts'

const { engine, settings, region } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)

/** Made with the first call, as the operator's key is a secret that has to be fetched; where that fails the next call tries again. */
let opened: Promise<ReturnType<typeof createApi>> | undefined

async function open() {
  const secret = settings.find('operatorSecret')
  const operatorKey = secret === undefined ? undefined : await readSecret(secret, process.env)
  const fetchRemote = guardedFetch({ dns: engine.dns })
  const deployed = { region, operatorKey, fetchRemote, isReady: () => true, webmailFiles: webmailFilesBeside }
  return createApi(deployedServices(store, settings, deployed))
}

export async function handler(event: HttpApiEvent): Promise<HttpApiResponse> {
  opened ??= open()
  const api = await opened.catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return handleHttpApi(event, (request, origin) => api.fetch(request, origin))
}
