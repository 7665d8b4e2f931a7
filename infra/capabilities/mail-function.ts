import { AssetHashType, DockerImage, type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { bundleHandlerSync, IMAGE_FOLDER } from '../bundle.ts'
import type { DeploymentSettings } from '../settings.ts'
import { commonEnvironment } from './environment.ts'
import type { Worker } from './rights.ts'

interface MailFunctionProps {
  /** `functions/<folder>/handler.ts` */
  folder: string
  description: string
  timeout: Duration
  settings: DeploymentSettings
}

/** A function of `functions/`: one bundle, and a role of its own that starts with nothing but its own log. */
export class MailFunction extends LambdaFunction implements Worker {
  declare readonly role: Role
  /** `functions/<folder>/` */
  readonly folder: string
  worksOffQueue = false

  constructor(scope: Construct, id: string, { folder, description, timeout, settings }: MailFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: settings.retention.logs,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Tubepost ${folder}`,
    })
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    )
    super(scope, id, {
      description,
      role,
      logGroup,
      timeout,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: settings.sizes.functionMemoryMib,
      handler: 'handler.handler',
      environment: commonEnvironment(settings),
      code: Code.fromAsset(IMAGE_FOLDER, {
        assetHashType: AssetHashType.OUTPUT,
        bundling: {
          image: DockerImage.fromRegistry('unused'), // bundled here, always
          command: [folder], // unused, too, but assets that look alike are bundled once for all
          local: {
            tryBundle(target) {
              bundleHandlerSync(folder, target)
              return true
            },
          },
        },
      }),
    })
    this.folder = folder
  }
}
