import { CfnOutput, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Alarms } from '../capabilities/alarms.ts'
import { AllWork } from '../capabilities/all-work.ts'
import { Api } from '../capabilities/api.ts'
import { Dashboard } from '../capabilities/dashboard.ts'
import { Feedback } from '../capabilities/feedback.ts'
import { Gateway } from '../capabilities/gateway.ts'
import { House } from '../capabilities/house.ts'
import { Indexing } from '../capabilities/indexing.ts'
import { Ingress } from '../capabilities/ingress.ts'
import { MailHost } from '../capabilities/mail-host.ts'
import { Network } from '../capabilities/network.ts'
import { Relay } from '../capabilities/relay.ts'
import { Sending } from '../capabilities/sending.ts'
import { SesDoor } from '../capabilities/ses-door.ts'
import { Upkeep } from '../capabilities/upkeep.ts'
import { Webmail } from '../capabilities/webmail.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { DataStack } from './data.ts'

/** Headings of the runbook for what lies in the dead letters, by the queue's name. */
const DEAD_LETTER_HEADINGS: Readonly<Record<string, string>> = {
  Arrivals: 'arrivals-not-indexed',
  Outgoing: 'mail-not-sent',
  Feedback: 'feedback-not-read',
  Jobs: 'jobs-not-done',
  Door: 'the-door-is-stuck',
  Work: 'work-not-done',
}

/** Everything that works on the data: it holds no state, and can be taken down and put up again. */
export class MailStack extends Stack {
  constructor(scope: Construct, { queues, storage, secrets }: DataStack, settings: DeploymentSettings) {
    super(scope, `${settings.name}-Mail`, {
      env: { region: settings.region },
      description: `Tubepost: the mail host ${settings.hostName}, profile ${settings.profile}`,
    })
    const alarms = new Alarms(this, 'Alarms', settings)
    const relay = new Relay(this, 'Relay', { settings, queues })
    const house = new House({ storage, queues, secrets, alarms, relay }, settings)

    if (settings.profile === 'door-only') {
      new AllWork(this, 'AllWork', house, settings)
    } else {
      const network = new Network(this, 'Network', settings)
      if (settings.profile === 'small') {
        new MailHost(this, 'MailHost', house, network, settings)
      } else {
        new Ingress(this, 'Ingress', house, network, settings)
        new Gateway(this, 'Gateway', house, network, settings)
      }
      new Indexing(this, 'Indexing', house, settings)
      new Sending(this, 'Sending', house, settings)
      if (settings.relay === 'ses') new Feedback(this, 'Feedback', house, settings)
      alarms.ringWhenThrottled(storage.table, 'the-table-is-throttled')
      new CfnOutput(this, 'DnsMx', {
        description: 'MX record of each domain whose mail comes to the mail host',
        value: `MX 10 ${settings.hostName}.`,
      })
    }
    if (settings.sesDoor) new SesDoor(this, 'SesDoor', house, settings)
    const api = new Api(this, 'Api', house, settings)
    new Webmail(this, 'Webmail', { api, house }, settings)
    new Upkeep(this, 'Upkeep', house, settings)

    for (const [name, deadLetters] of queues.deadLetters) {
      alarms.ringWhenNotEmpty(deadLetters, DEAD_LETTER_HEADINGS[name]!)
    }
    if (settings.relay === 'ses') {
      alarms.ringOnReputation()
      new CfnOutput(this, 'DnsSpf', {
        description: 'TXT record of each MAIL FROM name, whose MX is feedback-smtp.<region>.amazonses.com',
        value: 'v=spf1 include:amazonses.com -all',
      })
    }
    new Dashboard(this, 'Dashboard', house, settings)
    new CfnOutput(this, 'Bucket', { value: storage.bucket.bucketName })
    new CfnOutput(this, 'Table', { value: storage.table.tableName })
    new CfnOutput(this, 'OperatorSecret', { value: secrets.operatorKey.secretArn })
    if (secrets.tls !== undefined) new CfnOutput(this, 'TlsSecret', { value: secrets.tls.ref })
  }
}
