import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { WORK } from './queues.ts'
import { RIGHTS } from './rights.ts'

/** The outbox goes out: recipients in the house get objects, the world gets mail through the relay. */
export class Sending extends Construct {
  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const sender = new MailFunction(this, 'Function', {
      folder: 'send-message',
      description: 'New objects of the outbox are delivered or relayed',
      timeout: WORK.outgoing.timeout,
      settings,
    })
    house.queues.workOff(sender, 'outgoing', { maxConcurrency: settings.sizes.sendConcurrency })
    house.grant(sender, RIGHTS['send-message'])
  }
}
