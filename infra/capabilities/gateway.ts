import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailTask } from './mail-task.ts'
import type { Network } from './network.ts'
import { RIGHTS } from './rights.ts'

/** Mailboxes for clients: IMAP 993, POP3 995 and HTTPS 443; by setting 143 and 110. */
export class Gateway extends Construct {
  constructor(scope: Construct, id: string, house: House, network: Network, settings: DeploymentSettings) {
    super(scope, id)
    const task = new MailTask(this, 'Task', { tasks: ['mailbox-gateway'], network, settings })
    house.grant(task, RIGHTS['mailbox-gateway'])
    house.secrets.grantTls(task)
    house.secrets.grantOperatorKey(task)
    house.alarms.ringWhenNotAnswering(task, 'mailboxes-are-not-answering')
  }
}
