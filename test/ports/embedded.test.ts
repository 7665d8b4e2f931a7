import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { blobsContract } from './blobs-contract.ts'
import { changeFeedContract } from './change-feed-contract.ts'
import { idsContract } from './ids-contract.ts'
import type { Opened } from './opened.ts'
import { queueContract } from './queue-contract.ts'
import { spoolContract } from './spool-contract.ts'
import { tableContract } from './table-contract.ts'

const JOB_ATTEMPTS = 2

async function open(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-ports-'))
  const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' }, maxAttempts: { jobs: JOB_ATTEMPTS } })
  return {
    engine,
    jobAttempts: JOB_ATTEMPTS,
    async close() {
      await engine.close()
      await rm(folder, { recursive: true })
    },
  }
}

tableContract('the embedded engine', open)
blobsContract('the embedded engine', open)
queueContract('the embedded engine', open)
changeFeedContract('the embedded engine', open)
spoolContract('the embedded engine', open)
idsContract('the embedded engine', open)
