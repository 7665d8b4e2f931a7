import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailTask } from './mail-task.ts'
import type { Network } from './network.ts'
import { RIGHTS } from './rights.ts'

/** Mail from the world and from clients becomes objects: SMTP on 25, submission on 465 and 587. */
export class Ingress extends Construct {
  constructor(scope: Construct, id: string, house: House, network: Network, settings: DeploymentSettings) {
    super(scope, id)
    const task = new MailTask(this, 'Task', { tasks: ['smtp-ingress'], network, settings })
    house.grant(task, RIGHTS['smtp-ingress'])
    house.secrets.grantTls(task)
    house.alarms.ringWhenNotAnswering(task, 'smtp-is-not-answering')
  }
}
