/** The outbox goes out: the queue that S3 announces new outbound messages to, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { openSes } from '../../shared/engines/aws/ses.ts'
import { sendAnnounced } from '../../shared/flows/outgoing/send-announced.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { announcedNames } from '../../shared/transport/announced-names.ts'
import { functionMetrics } from '../../shared/transport/function-metrics.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env, { ses: openSes })
setLogLevel(settings.log)
const store = openStore(engine)
const report = functionMetrics('send-message', engine.counters)

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, {
    queue: engine.queues.outgoing,
    work: (body) => sendAnnounced(store, announcedNames(body), settings),
    report,
  })
}
