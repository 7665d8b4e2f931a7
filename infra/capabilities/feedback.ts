import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { WORK } from './queues.ts'
import { RIGHTS } from './rights.ts'

/** What SES reports of mail it was given becomes status, suppression, and for people a DSN. */
export class Feedback extends Construct {
  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const reader = new MailFunction(this, 'Function', {
      folder: 'feedback',
      description: 'Bounces, complaints and deliveries become status',
      timeout: WORK.feedback.timeout,
      settings,
    })
    house.queues.workOff(reader, 'feedback')
    house.grant(reader, RIGHTS.feedback)
  }
}
