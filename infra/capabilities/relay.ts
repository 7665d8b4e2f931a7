import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnConfigurationSetEventDestination, ConfigurationSet } from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { Queues } from './queues.ts'
import { explainWildcard, type Worker } from './rights.ts'

/** The way to the world: SES with a configuration set that reports to the feedback topic, or nothing at all for `capture`. */
export class Relay extends Construct {
  private readonly configurationSet: ConfigurationSet | undefined
  private readonly settings: DeploymentSettings

  constructor(scope: Construct, id: string, { settings, queues }: { settings: DeploymentSettings; queues: Queues }) {
    super(scope, id)
    this.settings = settings
    if (settings.relay === 'capture') return
    this.configurationSet = new ConfigurationSet(this, 'ConfigurationSet', { reputationMetrics: true })
    new CfnConfigurationSetEventDestination(this, 'Feedback', {
      configurationSetName: this.configurationSet.configurationSetName,
      eventDestination: {
        enabled: true,
        matchingEventTypes: ['DELIVERY', 'BOUNCE', 'COMPLAINT', 'REJECT', 'DELIVERY_DELAY'],
        snsDestination: { topicArn: queues.feedbackTopic.topicArn },
      },
    })
  }

  /** The permission and the names, together. */
  grant(worker: Worker): void {
    if (this.configurationSet === undefined) return
    const { partition, region, account } = Stack.of(this)
    const ses = `arn:${partition}:ses:${region}:${account}`
    explainWildcard(
      worker.role,
      `arn:aws:ses:${this.settings.region}:<AWS::AccountId>:identity/*`,
      "Tenants' domains become identities while the deployment runs.",
    )
    worker.role.addToPolicy(
      new PolicyStatement({
        actions: ['ses:SendRawEmail'],
        resources: [`${ses}:identity/*`, `${ses}:configuration-set/${this.configurationSet.configurationSetName}`],
      }),
    )
    worker.addEnvironment(DEPLOYED_VARIABLES.sesConfigurationSet, this.configurationSet.configurationSetName)
  }
}
