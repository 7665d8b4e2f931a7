/** The ports' promises on the AWS engine, behind a proxy that ends pages early and shows an old state to whoever does not ask for the newest. */
import { after, before, describe } from 'node:test'
import { skipWithoutEmulator } from '../aws/ministack.ts'
import { type AwsWorld, startAwsWorld } from '../engines/aws/world.ts'
import { blobsContract } from './blobs-contract.ts'
import { changeFeedContract } from './change-feed-contract.ts'
import { idsContract } from './ids-contract.ts'
import type { Opened } from './opened.ts'
import { queueContract } from './queue-contract.ts'
import { spoolContract } from './spool-contract.ts'
import { tableContract } from './table-contract.ts'

const JOB_ATTEMPTS = 2

describe('the AWS engine', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  before(async () => {
    world = await startAwsWorld({ maxAttempts: { jobs: JOB_ATTEMPTS } })
  })

  after(() => world.stop())

  async function open(endpoint = world.proxy.endpoint): Promise<Opened> {
    const engine = world.open({ endpoint })
    return { engine, jobAttempts: JOB_ATTEMPTS, close: () => engine.close() }
  }

  tableContract('the AWS engine', () => open())
  // Past the proxy, which holds whole bodies, as the suite looks at this process's memory.
  blobsContract('the AWS engine', () => open(world.emulator.endpoint))
  queueContract('the AWS engine', () => open())
  changeFeedContract('the AWS engine', () => open())
  spoolContract('the AWS engine', () => open())
  idsContract('the AWS engine', () => open())
})
