import { CfnOutput, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { type CfnStage, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { RIGHTS } from './rights.ts'

/** What is logged of a call: no header, no query, no body. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  milliseconds: '$context.responseLatency',
}

/** The HTTP API: sending, receiving and administration, paid by the call. */
export class Api extends Construct {
  readonly http: HttpApi

  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const answering = new MailFunction(this, 'Function', {
      folder: 'api',
      description: 'The HTTP API',
      timeout: Duration.seconds(29), // API Gateway waits for 30
      settings,
    })
    house.grant(answering, RIGHTS.api)
    house.secrets.grantOperatorKey(answering)
    this.http = new HttpApi(this, 'Http', {
      apiName: settings.name,
      defaultIntegration: new HttpLambdaIntegration('Integration', answering),
    })
    const logGroup = new LogGroup(this, 'AccessLog', {
      retention: settings.retention.logs,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const stage = this.http.defaultStage!.node.defaultChild as CfnStage
    stage.accessLogSettings = { destinationArn: logGroup.logGroupArn, format: JSON.stringify(ACCESS_LOG) }
    Validations.of(this.http).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Keys and sessions are checked by the functions, which know whose they are and what they may.',
    })
    new CfnOutput(this, 'Url', { description: 'The HTTP API', value: this.http.apiEndpoint })
  }
}
