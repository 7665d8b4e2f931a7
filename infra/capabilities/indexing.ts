import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { WORK } from './queues.ts'
import { RIGHTS } from './rights.ts'

/** Arrivals become indexed messages: bucket -> queue -> function. What keeps failing waits in the dead letters, and rings. */
export class Indexing extends Construct {
  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const indexer = new MailFunction(this, 'Function', {
      folder: 'index-message',
      description: 'New objects become messages in mailboxes',
      timeout: WORK.arrivals.timeout,
      settings,
    })
    house.queues.workOff(indexer, 'arrivals')
    house.grant(indexer, RIGHTS['index-message'])
    house.alarms.ringWhenLate(house.queues.of('arrivals'), 'arrivals-are-indexed-late')
  }
}
