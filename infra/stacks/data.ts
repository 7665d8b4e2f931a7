import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Queues } from '../capabilities/queues.ts'
import { Secrets } from '../capabilities/secrets.ts'
import { Storage } from '../capabilities/storage.ts'
import type { DeploymentSettings } from '../settings.ts'

/** What must not be lost, and what waits for it: it stays when everything else is taken down and put up again. */
export class DataStack extends Stack {
  readonly queues: Queues
  readonly storage: Storage
  readonly secrets: Secrets

  constructor(scope: Construct, settings: DeploymentSettings) {
    super(scope, `${settings.name}-Data`, {
      env: { region: settings.region },
      description: 'Tubepost: the bucket, its index, and the queues it announces to',
    })
    this.queues = new Queues(this, 'Queues', settings)
    this.storage = new Storage(this, 'Storage', { settings, queues: this.queues })
    this.secrets = new Secrets(this, 'Secrets', { listens: settings.profile !== 'door-only' })
  }
}
