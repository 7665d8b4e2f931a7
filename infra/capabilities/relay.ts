import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnConfigurationSetEventDestination, ConfigurationSet } from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { Queues } from './queues.ts'
import { explainWildcard, type Worker } from './rights.ts'

/** What engines/aws/ses-identities.ts calls. */
const IDENTITY_ACTIONS = [
  'ses:CreateEmailIdentity',
  'ses:DeleteEmailIdentity',
  'ses:GetEmailIdentity',
  'ses:PutEmailIdentityConfigurationSetAttributes',
  'ses:PutEmailIdentityDkimSigningAttributes',
  'ses:PutEmailIdentityMailFromAttributes',
  'ses:TagResource',
] as const
const TENANT_ACTIONS = [
  'ses:CreateTenant',
  'ses:CreateTenantResourceAssociation',
  'ses:DeleteTenant',
  'ses:DeleteTenantResourceAssociation',
] as const

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

  /** The permission to send and the names, together. */
  grant(worker: Worker): void {
    if (this.configurationSet === undefined) return
    // SendRawEmail is version 1's (engines/aws/ses-v1-send.ts); version 2's SendEmail asks for both, where a message comes as its octets.
    this.allow(worker, ['ses:SendEmail', 'ses:SendRawEmail'], this.resources(worker))
    this.name(worker)
  }

  /** The permission to say who sends, and the names, together. */
  grantIdentities(worker: Worker): void {
    if (this.configurationSet === undefined) return
    this.allow(worker, IDENTITY_ACTIONS, this.resources(worker))
    if (this.settings.sesTenants) this.allow(worker, TENANT_ACTIONS, this.resources(worker))
    this.name(worker)
  }

  /** Identities, the configuration set and tenants. */
  private resources(worker: Worker): string[] {
    const below = (names: string, reason: string) => {
      explainWildcard(worker.role, `arn:aws:ses:${this.settings.region}:<AWS::AccountId>:${names}`, reason)
      return `${this.arn}:${names}`
    }
    return [
      below('identity/*', "Tenants' domains become identities while the deployment runs."),
      `${this.arn}:configuration-set/${this.configurationSet!.configurationSetName}`,
      ...(this.settings.sesTenants
        ? [below(`tenant/${this.tenantPrefix}*`, 'Tenants come and go while the deployment runs.')]
        : []),
    ]
  }

  private name(worker: Worker): void {
    worker.addEnvironment(DEPLOYED_VARIABLES.sesConfigurationSet, this.configurationSet!.configurationSetName)
    worker.addEnvironment(DEPLOYED_VARIABLES.sesResources, this.arn)
    if (this.settings.sesTenants) worker.addEnvironment(DEPLOYED_VARIABLES.sesTenantPrefix, this.tenantPrefix)
  }

  private allow(worker: Worker, actions: readonly string[], resources: string[]): void {
    worker.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources }))
  }

  private get arn(): string {
    const { partition, region, account } = Stack.of(this)
    return `arn:${partition}:ses:${region}:${account}`
  }

  private get tenantPrefix(): string {
    return `${this.settings.name}-`
  }
}
