/** Arrivals become messages in mailboxes: the queue that S3 announces new objects to, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { indexAnnounced } from '../../shared/flows/arrivals/index-announced.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { announcedNames } from '../../shared/transport/announced-names.ts'
import { functionMetrics } from '../../shared/transport/function-metrics.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)
const report = functionMetrics('index-message', engine.counters)

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, {
    queue: engine.queues.arrivals,
    work: (body) => indexAnnounced(store, announcedNames(body), settings.limits),
    report,
  })
}
