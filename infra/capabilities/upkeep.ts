import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { WORK } from './queues.ts'
import { RIGHTS } from './rights.ts'

/** What keeps the house in order: the sweep by the hour, reclaiming by the day, folding when a journal has grown. */
export class Upkeep extends Construct {
  constructor(scope: Construct, id: string, house: House, settings: DeploymentSettings) {
    super(scope, id)
    const worker = (name: 'sweep' | 'fold' | 'reclaim', description: string, timeout: Duration) => {
      const made = new MailFunction(this, name[0]!.toUpperCase() + name.slice(1), {
        folder: name,
        description,
        timeout,
        settings,
      })
      house.grant(made, RIGHTS[name])
      return made
    }
    const sweep = worker('sweep', 'Objects whose event was lost are queued again', Duration.minutes(15))
    new Rule(this, 'Hourly', { schedule: Schedule.rate(Duration.hours(1)), targets: [new LambdaFunction(sweep)] })
    house.alarms.ringOnErrors(sweep, 'the-sweep-fails')
    const reclaim = worker('reclaim', 'Objects that no mailbox names are removed', Duration.minutes(15))
    new Rule(this, 'Daily', { schedule: Schedule.rate(Duration.days(1)), targets: [new LambdaFunction(reclaim)] })
    house.alarms.ringOnErrors(reclaim, 'reclaiming-fails')
    if (settings.profile === 'door-only') return // there the one function folds
    const fold = worker('fold', 'Jobs: journals become snapshots, removed mailboxes are emptied', WORK.jobs.timeout)
    house.queues.workOff(fold, 'jobs', { batchSize: 1 })
  }
}
