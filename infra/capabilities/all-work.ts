import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { SHARED_WORK } from './queues.ts'
import { rightsOf } from './rights.ts'

/** The profile door-only: one function works off the one queue that holds all work, so that one queue is polled. */
export class AllWork extends Construct {
  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const worker = new MailFunction(this, 'Function', {
      folder: 'door-only',
      description: 'All queued work of a deployment without tasks',
      timeout: SHARED_WORK.timeout,
      settings,
    })
    house.queues.workOff(worker, 'arrivals', { maxConcurrency: settings.sizes.sendConcurrency })
    house.grant(worker, rightsOf(['index-message', 'send-message', 'feedback', 'fold', 'ses-door']))
  }
}
