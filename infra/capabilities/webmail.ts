import { Duration } from 'aws-cdk-lib'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { Api } from './api.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { RIGHTS } from './rights.ts'

/** What is the webmail's at the API's address; all else is the API's. */
const PATHS = [
  '/',
  '/assets/{name}',
  '/message-frame',
  '/message-frame/images',
  '/auth/{proxy+}',
  '/jmap/{proxy+}',
  '/.well-known/jmap',
] as const

/** The webmail, with sign-in and JMAP, paid by the call. What has to be waited for, push, is the gateway's. */
export class Webmail extends Construct {
  constructor(scope: Construct, id: string, { api, house }: { api: Api; house: House }, settings: DeploymentSettings) {
    super(scope, id)
    const answering = new MailFunction(this, 'Function', {
      folder: 'webmail',
      description: 'The webmail and JMAP',
      timeout: Duration.seconds(29), // API Gateway waits for 30
      settings,
    })
    house.grant(answering, RIGHTS.webmail)
    if (settings.profile !== 'door-only') {
      answering.addEnvironment(DEPLOYED_VARIABLES.pushOrigin, `https://${settings.hostName}`)
    }
    const integration = new HttpLambdaIntegration('Integration', answering)
    for (const path of PATHS) api.http.addRoutes({ path, integration })
  }
}
