import { CfnOutput, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailTask } from './mail-task.ts'
import type { Network } from './network.ts'
import { rightsOf } from './rights.ts'

/** The profile small: smtp-ingress and mailbox-gateway side by side in one task, which writes its own A record before it listens.
 * It learns its address by how it is seen from outside. */
export class MailHost extends Construct {
  constructor(scope: Construct, id: string, house: House, network: Network, settings: DeploymentSettings) {
    super(scope, id)
    const task = new MailTask(this, 'Task', { tasks: ['smtp-ingress', 'mailbox-gateway'], network, settings })
    house.grant(task, rightsOf(['smtp-ingress', 'mailbox-gateway']))
    house.secrets.grantTls(task)
    house.secrets.grantOperatorKey(task)
    const may = (statement: ConstructorParameters<typeof PolicyStatement>[0]) =>
      task.role.addToPolicy(new PolicyStatement(statement))
    may({
      actions: ['route53:ChangeResourceRecordSets'],
      resources: [`arn:${Stack.of(this).partition}:route53:::hostedzone/${settings.hostedZoneId}`],
      conditions: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': [settings.hostName],
          'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
          'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
        },
      },
    })
    task.addEnvironment(DEPLOYED_VARIABLES.hostedZone, settings.hostedZoneId!)
    house.alarms.ringWhenNoTask(task, 'smtp-is-not-answering')
    new CfnOutput(this, 'DnsAddress', {
      description: 'DNS record of the mail host',
      value: `${settings.hostName}. A, written by the task when it starts`,
    })
  }
}
