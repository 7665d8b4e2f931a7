import { CfnOutput } from 'aws-cdk-lib'
import { CfnReceiptRule, CfnReceiptRuleSet } from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { WORK } from './queues.ts'
import { RIGHTS } from './rights.ts'

/** The second door: SES takes mail from the world and lays it under `door/`. */
export class SesDoor extends Construct {
  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const ruleSet = new CfnReceiptRuleSet(this, 'Rules', { ruleSetName: settings.name })
    new CfnReceiptRule(this, 'Rule', {
      ruleSetName: ruleSet.ref,
      rule: {
        enabled: true,
        scanEnabled: true, // the verdicts go into Authentication-Results
        tlsPolicy: 'Optional', // as senders without TLS are still senders (RFC 7672 §1.3)
        // No recipients: all verified domains; which address exists is asked when the mail is taken over.
        actions: [
          {
            s3Action: {
              bucketName: house.storage.bucket.bucketName,
              objectKeyPrefix: 'door/',
              topicArn: house.queues.doorTopic!.topicArn,
            },
          },
        ],
      },
    })
    // An account has one active rule set, which may be somebody else's: so the operator says it.
    new CfnOutput(this, 'Activate', {
      description: 'Run once to open the door',
      value: `aws ses set-active-receipt-rule-set --region ${settings.region} --rule-set-name ${settings.name}`,
    })
    new CfnOutput(this, 'DnsMx', {
      description: 'MX record of each domain whose mail comes by this door',
      value: `MX 10 inbound-smtp.${settings.region}.amazonaws.com.`,
    })
    if (settings.profile === 'door-only') return // there the one function does it
    const porter = new MailFunction(this, 'Function', {
      folder: 'ses-door',
      description: 'Mail that SES took in becomes new objects',
      timeout: WORK.door.timeout,
      settings,
    })
    house.queues.workOff(porter, 'door')
    house.grant(porter, RIGHTS['ses-door'])
  }
}
