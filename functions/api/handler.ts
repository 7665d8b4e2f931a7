/** The HTTP API behind API Gateway. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { readSecret } from '../../shared/engines/aws/secret.ts'
import { type MailHost, mailHostOf } from '../../shared/flows/domain-records.ts'
import { setLogLevel } from '../../shared/log.ts'
import { createApi } from '../../shared/servers/http/api.ts'
import { openStore } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import { type HttpApiEvent, type HttpApiResponse, handleHttpApi } from '../../shared/transport/lambda-http.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)

/** Made with the first call, as the operator's key is a secret that has to be fetched; where that fails the next call tries again. */
let opened: Promise<ReturnType<typeof createApi>> | undefined

async function open() {
  const secret = settings.find('operatorSecret')
  return createApi({
    store: openStore(engine),
    limits: settings.limits,
    mailHost: mailHost(),
    operatorKey: secret === undefined ? undefined : await readSecret(secret, process.env),
    isReady: () => true,
    fetchRemote: guardedFetch({ dns: engine.dns }),
  })
}

function mailHost(): MailHost {
  if (settings.need('relay') !== 'ses') return mailHostOf(settings.hostName)
  const returnPathHost = `feedback-smtp.${process.env['AWS_REGION']}.amazonses.com`
  return { hostName: settings.hostName, spf: 'include:amazonses.com', returnPathHost }
}

export async function handler(event: HttpApiEvent): Promise<HttpApiResponse> {
  opened ??= open()
  const api = await opened.catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return handleHttpApi(event, (request, origin) => api.fetch(request, origin))
}
